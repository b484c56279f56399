/**
 * Lets a component follow a cell.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';

import type { Cell } from '../state/cell.ts';

/** The value of a cell; the component is drawn again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [value, setValue] = useState<T>(() => cell.get());
  useEffect(() => {
    const draw = (): void => setValue(() => cell.get());
    draw();
    return cell.follow(draw);
  }, [cell]);
  return value;
}
