// The strict subset of the shell language, and what is seen through it.
import { describe, expect, test } from 'vitest';
import { analyze, tokenize, type Which } from '../../src/exec/index.ts';

const which: Which = {
  python3: { path: '/usr/bin/python3', realPath: '/usr/bin/python3.12' },
  sh: { path: '/bin/sh', realPath: '/usr/bin/dash' },
  foo: { path: '/usr/local/bin/foo', realPath: '/bin/bash' },
  calc: { path: '/usr/bin/calc', realPath: '/usr/bin/gawk' },
  env: { path: '/ws/bin/env' },
  ls: { path: '/bin/ls', realPath: '/bin/busybox' },
};

const words = (text: string) =>
  tokenize(text)?.map((command) => command.words.map((word) => word.text));
const seen = (command: string) => analyze(command, { which });
const flags = (command: string) => {
  const analysis = seen(command);
  return analysis === undefined
    ? 'unanalysable'
    : `${analysis.inline ? 'I' : ''}${analysis.carrier ? 'C' : ''}`;
};

describe('words', () => {
  test.each([
    ['a\tb  c', [['a', 'b', 'c']]],
    [`a'b'"c"\\d`, [['abcd']]],
    [`'' ""`, [['', '']]],
    [String.raw`"a\b\"\\\$"`, [[String.raw`a\b"\$`]]],
    ['"a\\`b"', [['a`b']]],
    [`'a\nb'`, [['a\nb']]],
    ['rg\u00a0x', [['rg\u00a0x']]],
    ['a|b|&c&&d||e;f\ng', [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
    ['a;', [['a']]],
    ['a\n', [['a']]],
    ['ls *.ts a?b [x]', [['ls', '*.ts', 'a?b', '[x]']]],
    ['find . -name {}', [['find', '.', '-name', '{}']]],
    ['a#b', [['a#b']]],
    [`\\if x`, [['if', 'x']]],
    [`'time' ls`, [['time', 'ls']]],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test.each([
    '',
    ' ',
    ';',
    'a;;b',
    'a\n\nb',
    'a;\n',
    'a &&',
    '| a',
    'a &',
    'a & b',
    'a &> f',
    'a 2>&1',
    'a <<< b',
    '<(a)',
    'a $',
    '"$x"',
    '"`a`"',
    "$'a'",
    '`a`',
    'a \\',
    'a \\\nb',
    '"a\\\nb"',
    "'a",
    '"a',
    'a\rb',
    'a\u0000b',
    'a\u001bb',
    '# a',
    'a # b',
    '{ a',
    'a }',
    '{1..3}',
    'x{a,b}y',
    '! a',
    '[[ a',
    'time ls',
    'a | while b',
    'f() a',
    '\ud800',
  ])('%j is outside the subset', (text) => {
    expect(tokenize(text)).toBe(undefined);
  });

  test('commands know how they are joined', () => {
    expect(tokenize('a | b && c || d; e')?.map(({ connector }) => connector)).toEqual([
      undefined,
      'pipe',
      'and',
      'or',
      'then',
    ]);
  });
});

describe('wrappers', () => {
  test.each([
    ['nice -n -5 nohup timeout -s KILL 1.5s rg x', [['rg', 'x']], ''],
    ['stdbuf -oL -e 0 rg', [['rg']], ''],
    ['nice time -p rg', [['rg']], ''],
    ['nice nice nice nice rg', [['rg']], ''],
  ])('%s is looked through', (command, segments, found) => {
    expect(seen(command)?.segments.map(({ argv }) => argv)).toEqual(segments);
    expect(flags(command)).toBe(found);
  });

  test.each(
    [
      'nice nice nice nice nice rg',
      'nice -5 rg',
      'nice',
      '/usr/bin/nice rg',
      'timeout rg',
      'timeout --foreground 5 rg',
      'time -o f rg',
      'nohup -- rg',
      'stdbuf -x rg',
      'env rg',
      'nice -n x rg',
    ]
      .filter((command) => command !== 'time -o f rg')
      .concat(['nice time -o f rg']),
  )('%s is a carrier', (command) => {
    expect(flags(command)).toBe('C');
  });
});

describe('carriers', () => {
  test.each([
    'sudo ls',
    '/usr/bin/sudo ls',
    'A=1',
    'A+=1 ls',
    'A[0]=1 ls',
    'eval ls',
    '. f',
    'flock f rg',
    'busybox ls',
    'foo x',
    'find . -delete',
    'find . -fprintf f x',
    'git -ccore.pager=x log',
    'git --exec-path=x log',
    'git --conf=x log',
    'tar xIf p a',
    'tar -xf a --use-c=p',
    'tar -cf a --checkpoint-action=exec=p',
    'rg --pre p x',
    'rg --hostname-bin=p x',
    'sort -uo f',
    'sort -T d',
    'sort --out=f',
    'sort --compress-program p',
    'man -P p ls',
    'rsync -ae p a b',
    'zip -rT a b',
    'curl -sSLo f u',
    'curl --output-dir d u',
    'wget -qO f u',
    'curl -x p u',
    'curl -K f',
    'wget --config=f u',
    'gcc -B. a.c',
    'clang-15 -fplugin=p a.c',
    'aarch64-linux-gnu-gcc -wrapper p a.c',
    'cc @f',
    'scp -oProxyCommand=p a b:',
    'sftp -D p',
    'ssh h ls',
    'node -r ./p a.js',
    'node --import=./p a.js',
    'deno --preload p a.ts',
    'python3 -m p',
    'python3 -Bm p',
    'npx p',
    'npm test',
    'yarn',
    'uvx p',
    'docker ps',
    'kubectl get pods',
    'bun x p',
  ])('%s', (command) => {
    expect(flags(command)).toBe('C');
  });

  test.each([
    'ls',
    'git log -p',
    'find . -name x',
    'tar xf a',
    'tar -czf a b',
    'rg --hidden x',
    'sort -k2 -t: -u',
    'sort -to',
    'curl -sSL -d o u',
    'curl --compressed u',
    'gcc -O2 -o a a.c',
    'less f',
    'echo A=1',
    'zip -r a b',
    'rsync -a a b',
  ])('%s is none', (command) => {
    expect(flags(command)).toBe('');
  });
});

describe('interpreters', () => {
  test.each([
    ['python3 -c x', 'I'],
    ['python3 -Bc x', 'I'],
    ['python3', 'I'],
    ['python3 -', 'I'],
    ['python3 -W ignore', 'I'],
    ['python3 -W ignore a.py', ''],
    ['python3 -u a.py -c x', ''],
    ['python3 -- a.py', ''],
    ['python3.12 -c x', 'I'],
    ['/usr/bin/python3 -c x', 'I'],
    ['pypy3 -c x', 'I'],
    ['node -p 1', 'I'],
    ['node --print=1', 'I'],
    ['node', 'I'],
    ['node app.js -p 3000', ''],
    ['node --max-old-space-size=4096 app.js', ''],
    ['node --title x', 'I'],
    ['bun -e 1', 'I'],
    ['deno eval x', 'I'],
    ['deno run a.ts', ''],
    ['ruby -ne x', 'I'],
    ['ruby -w a.rb', ''],
    ['perl -E x', 'I'],
    ['perl -wT a.pl', ''],
    ['php -r x', 'I'],
    ['php -f a.php', ''],
    ['lua -e x', 'I'],
    ['osascript -e x', 'I'],
    ['osascript -l JavaScript a.js', ''],
    ['gawk x', 'I'],
    ['gsed -n p', 'I'],
    ['calc x', 'I'],
    ['make -f -', 'I'],
    ['make -kf -', 'I'],
    ['make --file=-', 'I'],
    ['make --eval=x', 'I'],
    ['make all', ''],
    ['nice python3 -c x', 'I'],
    ["sh -c 'python3 -c x'", 'I'],
    ['sudo python3 -c x', 'IC'],
    ['A=1 awk x', 'IC'],
  ])('%s is %j', (command, found) => {
    expect(flags(command)).toBe(found);
  });
});

describe('shells', () => {
  test.each([
    [`sh -c "sh -c 'sh -c ls'"`, [['ls']]],
    [`bash -c 'a && b' | c`, [['a'], ['b'], ['c']]],
    ['sh build.sh -c x', [['sh', 'build.sh', '-c', 'x']]],
  ])('%s is seen through', (command, segments) => {
    expect(seen(command)?.segments.map(({ argv }) => argv)).toEqual(segments);
    expect(flags(command)).toBe('');
  });

  test.each([
    ['bash -lc ls', 'C'],
    ['bash -l -c ls', 'C'],
    ['sh -c ls x', 'C'],
    ['/bin/sh -c ls', 'C'],
    ['sh', 'C'],
    ['sh -c', 'C'],
    ['bash --rcfile f', 'C'],
    ['sh +x f', 'C'],
    ["sh -c 'ls $x'", 'unanalysable'],
    ["sh -c ''", 'unanalysable'],
    [`sh -c 'sh -c "sh -c \\"sh -c ls\\""'`, 'unanalysable'],
  ])('%s is %s', (command, found) => {
    expect(flags(command)).toBe(found);
  });

  test('what comes behind a change of directory is marked', () => {
    expect(seen("ls && sh -c 'cd x' && ./y")?.segments.map(({ afterCd }) => afterCd)).toEqual([
      false,
      false,
      true,
    ]);
  });
});
