/**
 * System calls a sandboxed command may not make, as a filter program of the Linux kernel (classic
 * BPF over `struct seccomp_data`). Refused calls fail with EPERM; the command goes on.
 *
 * @module
 */
import { endianness } from 'node:os';

/** Call numbers of one processor. */
interface Platform {
  /** AUDIT_ARCH of the kernel's own calls: any other is a foreign ABI. */
  readonly audit: number;
  readonly calls: readonly number[];
  readonly clone: number;
}

/** Since Linux 5.1 new calls have the same number everywhere. */
const COMMON = [
  425,
  426,
  427, // io_uring
  428,
  429,
  430,
  431,
  432,
  442, // open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr
  434,
  438,
  440,
  448, // pidfd_open, pidfd_getfd, process_madvise, process_mrelease
];
const CLONE3 = 435;
const X32_BIT = 0x4000_0000;

/*
 * In this order: ptrace, process_vm_readv, process_vm_writev, mount, umount2, pivot_root, chroot,
 * unshare, setns, add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, kexec_load,
 * kexec_file_load, init_module, finit_module, delete_module, reboot, swapon, swapoff, acct,
 * name_to_handle_at, open_by_handle_at, kcmp, quotactl, syslog, settimeofday, clock_settime.
 */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  x64: {
    audit: 0xc000_003e,
    clone: 56,
    calls: [
      101, 310, 311, 165, 166, 155, 161, 272, 308, 248, 249, 250, 321, 298, 323, 246, 320, 175, 313,
      176, 169, 167, 168, 163, 303, 304, 312, 179, 103, 164, 227,
    ],
  },
  arm64: {
    audit: 0xc000_00b7,
    clone: 220,
    calls: [
      117, 270, 271, 40, 39, 41, 51, 97, 268, 217, 218, 219, 280, 241, 282, 104, 294, 105, 273, 106,
      142, 224, 225, 89, 264, 265, 272, 60, 116, 170, 112,
    ],
  },
};

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
/** Offsets in `struct seccomp_data`. */
const AT_CALL = 0;
const AT_ARCH = 4;
const AT_FIRST_ARGUMENT = 16;
/** Every kind of namespace a `clone` can make. */
const NEW_NAMESPACES = 0x7e02_0000;

type Instruction = readonly [code: number, yes: number, no: number, value: number];

/**
 * The filter for a processor as Node names it, or undefined for one this has no numbers for: the
 * sandbox is then not available.
 */
export function seccompFilter(processor: string): Buffer | undefined {
  const platform = Object.hasOwn(PLATFORMS, processor) ? PLATFORMS[processor] : undefined;
  if (platform === undefined || endianness() !== 'LE') return undefined;
  const refused = [...platform.calls, ...COMMON];
  const program: readonly Instruction[] = [
    [LOAD, 0, 0, AT_ARCH],
    [JUMP_EQUAL, 1, 0, platform.audit],
    [RETURN, 0, 0, EPERM],
    [LOAD, 0, 0, AT_CALL],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, EPERM],
    ...refused.flatMap((call): readonly Instruction[] => [
      [JUMP_EQUAL, 0, 1, call],
      [RETURN, 0, 0, EPERM],
    ]),
    // Its flags lie in memory a filter cannot read: libraries fall back to `clone`.
    [JUMP_EQUAL, 0, 1, CLONE3],
    [RETURN, 0, 0, ENOSYS],
    [JUMP_EQUAL, 0, 3, platform.clone],
    [LOAD, 0, 0, AT_FIRST_ARGUMENT],
    [JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}
