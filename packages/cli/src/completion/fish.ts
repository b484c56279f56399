/**
 * Completions for fish.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { type Branch, type Writer, firstLine, questionsOf } from './script.ts';

/** Words with what they are, a line each, as `complete --arguments` takes them. */
const described: Writer = (words) =>
  words.map(({ word, summary }) => `${quoted(word)} ${quoted(summary)}`).join(' ');

/** In single quotes fish knows two escapes: of the quote and of the backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function listsOf(branches: readonly Branch[]): string {
  return branches
    .map(([at, list]) => `        case '${at}'\n            printf '%s\\t%s\\n' ${list}`)
    .join('\n');
}

function caseOf(branches: readonly Branch[]): string {
  return branches
    .map(([at, value]) => `        case '${at}'\n            echo '${value}'\n            return`)
    .join('\n');
}

/** Goes through the words of a call, and offers what may come next. */
const DRIVER = `function __openclaw_offer
    switch "$argv[1]"
        case '@any' ''
            return
        case '@file'
            __fish_complete_path (commandline -ct)
        case '@folder'
            __fish_complete_directories (commandline -ct)
        case '*'
            string split ' ' -- "$argv[1]"
    end
end

function __openclaw_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l at ''
    set -l expects ''
    set -l count 0
    set -e tokens[1]
    for word in $tokens
        if test -n "$expects"
            set expects ''
            continue
        end
        switch "$word"
            case '-*=*'
                continue
            case '-*'
                set expects (__openclaw_values "$at" "$word")
            case '*'
                set -l next (string trim -- "$at $word")
                if test "$count" -eq 0; and __openclaw_place "$next"
                    set at "$next"
                else
                    set count (math "$count + 1")
                end
        end
    end
    if test -n "$expects"
        __openclaw_offer "$expects"
        return
    end
    if string match -q -- '-*' "$current"
        __openclaw_options "$at"
        return
    end
    if test "$count" -eq 0
        __openclaw_words "$at"
    end
    __openclaw_offer (__openclaw_argument "$at" "$count")
end

complete -c openclaw -f -a '(__openclaw_complete)'
`;

/** The script. */
export function fishScript(commands: readonly CommandSpec[]): string {
  const { places, words, options, values, valuesEverywhere, ...rest } = questionsOf(
    commands,
    described,
  );
  return `${firstLine('fish')}

function __openclaw_place
    contains -- "$argv[1]" \\
        ${places.map((at) => `'${at}'`).join(' \\\n        ')}
end

function __openclaw_words
    switch "$argv[1]"
${listsOf(words)}
    end
end

function __openclaw_options
    switch "$argv[1]"
${listsOf(options)}
    end
end

function __openclaw_values
    switch "$argv[1] $argv[2]"
${caseOf(values)}
    end
    switch "$argv[2]"
${caseOf(valuesEverywhere)}
    end
end

function __openclaw_argument
    switch "$argv[1] $argv[2]"
${caseOf(rest.arguments)}
    end
end

${DRIVER}`;
}
