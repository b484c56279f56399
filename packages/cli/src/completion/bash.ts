/**
 * Completions for bash 3.2 and later.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { type Branch, firstLine, questionsOf } from './script.ts';

function caseOf(branches: readonly Branch[], variable: string): string {
  return branches.map(([at, value]) => `    '${at}') ${variable}='${value}' ;;`).join('\n');
}

/** Goes through the words of a call, and offers what may come next. */
const DRIVER = `_openclaw_offer() {
  local IFS=$'\\n'
  case "$1" in
    @any | '') ;;
    @file)
      compopt -o filenames 2> /dev/null
      COMPREPLY=($(compgen -f -- "$2"))
      ;;
    @folder)
      compopt -o filenames 2> /dev/null
      COMPREPLY=($(compgen -d -- "$2"))
      ;;
    *)
      IFS=$' \\t\\n'
      COMPREPLY=($(compgen -W "$1" -- "$2"))
      ;;
  esac
}

_openclaw() {
  local current=\${COMP_WORDS[COMP_CWORD]} at='' expects='' count=0 index=1 found='' word next
  COMPREPLY=()
  while [ "$index" -lt "$COMP_CWORD" ]; do
    word=\${COMP_WORDS[index]}
    index=$((index + 1))
    if [ -n "$expects" ]; then
      # Bash takes "--name=value" apart at the "=".
      [ "$word" = '=' ] || expects=''
      continue
    fi
    case "$word" in
      -*)
        _openclaw_values "$at" "$word"
        expects=$found
        ;;
      *)
        next="$at\${at:+ }$word"
        if [ "$count" -eq 0 ] && _openclaw_place "$next"; then
          at=$next
        else
          count=$((count + 1))
        fi
        ;;
    esac
  done
  [ "$current" = '=' ] && [ -n "$expects" ] && current=''
  if [ -n "$expects" ]; then
    _openclaw_offer "$expects" "$current"
    return 0
  fi
  case "$current" in
    -*)
      _openclaw_options "$at"
      _openclaw_offer "$found" "$current"
      ;;
    *)
      next=''
      if [ "$count" -eq 0 ]; then
        _openclaw_words "$at"
        next=$found
      fi
      _openclaw_argument "$at" "$count"
      case "$found" in
        @*) [ -n "$next" ] && found=$next ;;
        *) found="$next\${next:+ }$found" ;;
      esac
      _openclaw_offer "$found" "$current"
      ;;
  esac
  return 0
}

complete -F _openclaw openclaw
`;

/** The script. It starts no process: what it offers is in it. */
export function bashScript(commands: readonly CommandSpec[]): string {
  const { places, words, options, values, valuesEverywhere, ...rest } = questionsOf(
    commands,
    (list) => list.map(({ word }) => word).join(' '),
  );
  return `${firstLine('bash')}

_openclaw_place() {
  case "$1" in
    ${places.map((at) => `'${at}'`).join(' | \\\n    ')}) return 0 ;;
  esac
  return 1
}

_openclaw_words() {
  found=''
  case "$1" in
${caseOf(words, 'found')}
  esac
}

_openclaw_options() {
  found=''
  case "$1" in
${caseOf(options, 'found')}
  esac
}

_openclaw_values() {
  found=''
  case "$2" in
${caseOf(valuesEverywhere, 'found')}
  esac
  case "$1 $2" in
${caseOf(values, 'found')}
  esac
}

_openclaw_argument() {
  found=''
  case "$1 $2" in
${caseOf(rest.arguments, 'found')}
  esac
}

${DRIVER}`;
}
