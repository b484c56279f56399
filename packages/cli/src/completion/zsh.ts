/**
 * Completions for zsh.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { type Branch, type Writer, firstLine, questionsOf } from './script.ts';

/** Words with what they are, as `_describe` takes them. */
const described: Writer = (words) =>
  words.map(({ word, summary }) => quoted(`${word}:${summary}`)).join(' ');

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function listsOf(branches: readonly Branch[]): string {
  return branches.map(([at, list]) => `    ('${at}') found=(${list}) ;;`).join('\n');
}

function caseOf(branches: readonly Branch[]): string {
  return branches.map(([at, value]) => `    ('${at}') kind='${value}' ;;`).join('\n');
}

/** Goes through the words of a call, and offers what may come next. */
const DRIVER = `_openclaw_offer() {
  case "$1" in
    (@any | '') _message 'value' ;;
    (@file) _files ;;
    (@folder) _files -/ ;;
    (*) compadd -- \${(s: :)1} ;;
  esac
}

_openclaw() {
  local at='' expects='' kind='' word next
  local -i count=0 index ret=1
  local -a found
  for (( index = 2; index < CURRENT; index++ )); do
    word=\${words[index]}
    if [[ -n $expects ]]; then
      expects=''
      continue
    fi
    case $word in
      (-*=*) ;;
      (-*)
        _openclaw_values "$at" "$word"
        expects=$kind
        ;;
      (*)
        next="$at\${at:+ }$word"
        if (( count == 0 )) && _openclaw_place "$next"; then
          at=$next
        else
          (( count += 1 ))
        fi
        ;;
    esac
  done
  if [[ -n $expects ]]; then
    _openclaw_offer "$expects"
    return
  fi
  if [[ $PREFIX == --*=* ]]; then
    _openclaw_values "$at" "\${PREFIX%%=*}"
    compset -P '*='
    _openclaw_offer "$kind"
    return
  fi
  if [[ $PREFIX == -* ]]; then
    _openclaw_options "$at"
    _describe -o 'option' found
    return
  fi
  if (( count == 0 )); then
    _openclaw_words "$at"
    (( \${#found} )) && _describe 'command' found && ret=0
  fi
  _openclaw_argument "$at" "$count"
  [[ -n $kind ]] && _openclaw_offer "$kind" && ret=0
  return ret
}

if [[ \${funcstack[1]} == _openclaw ]]; then
  _openclaw "$@"
elif (( \${+functions[compdef]} )); then
  compdef _openclaw openclaw
fi
`;

/** The script. It may be sourced, or lie as \`_openclaw\` in a folder of \`fpath\`. */
export function zshScript(commands: readonly CommandSpec[]): string {
  const { places, words, options, values, valuesEverywhere, ...rest } = questionsOf(
    commands,
    described,
  );
  return `#compdef openclaw
${firstLine('zsh')}

_openclaw_place() {
  case "$1" in
    (${places.map((at) => `'${at}'`).join(' | \\\n    ')}) return 0 ;;
  esac
  return 1
}

_openclaw_words() {
  found=()
  case "$1" in
${listsOf(words)}
  esac
}

_openclaw_options() {
  found=()
  case "$1" in
${listsOf(options)}
  esac
}

_openclaw_values() {
  kind=''
  case "$2" in
${caseOf(valuesEverywhere)}
  esac
  case "$1 $2" in
${caseOf(values)}
  esac
}

_openclaw_argument() {
  kind=''
  case "$1 $2" in
${caseOf(rest.arguments)}
  esac
}

${DRIVER}`;
}
