// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the shell's syntax, too
import { beforeAll, expect, test } from 'bun:test'
import { type Guest, loadGuest } from '../testing/compile.ts'

let guest: Guest
beforeAll(async () => {
  guest = await loadGuest('testing/guest/sh-syntax.ts')
}, 60_000)

function parses(cases: Record<string, string>): void {
  for (const [source, tree] of Object.entries(cases)) {
    expect([source, guest.text('parse', source)]).toEqual([source, tree])
  }
}

function expands(cases: Record<string, string>, how = 'words'): void {
  for (const [word, fields] of Object.entries(cases)) {
    expect([word, guest.text(how, word)]).toEqual([word, fields])
  }
}

test('words, quotes and comments', () => {
  parses({
    'echo a  b': '[echo a b]',
    'echo \'a b\'"c d"e\\ f': '[echo \'a b\'"c d"e\\ f]',
    'echo a # b': '[echo a]',
    'echo a#b': '[echo a#b]',
    'x=1 y= echo z=2': '[x=1 y= echo z=2]',
    'a=1': '[a=1]',
    '=1': '[=1]',
    'echo a\\\n b': '[echo a\\\n b]',
    'echo $(a; b) ${c} `d e` $((1 + 2))': '[echo $(a; b) ${c} `d e` $((1 + 2))]',
    '': 'nothing',
    '\n # only a comment\n': 'nothing',
  })
})

test('lists, pipelines and redirections', () => {
  parses({
    'a; b;': 'seq([a] [b])',
    'a | b |\n c': 'pipe([a] [b] [c])',
    'a && b || c': 'or(and([a] [b]) [c])',
    '! a | b': 'not(pipe([a] [b]))',
    'a & b': 'seq(bg([a])"a" [b])',
    'a x | b &': 'bg(pipe([a x] [b]))"a x | b"',
    'a >b <c 2>>d 2>&1': '[a >b <c 2>>d 2>&1]',
    '>b a': '[a >b]',
    'a2>b': '[a2 >b]',
    'a 2>b': '[a 2>b]',
    'cat <<E; b\n1 $x\nE\n': 'seq([cat <<{1 $x~}] [b])',
    'cat <<-E\n\t1\n\tE\n': '[cat <<-{1~}]',
  })
})

test('compound commands and functions', () => {
  parses({
    'if a; then b; elif c; then d; else e; fi': 'if([a] [b] [c] [d] [e])',
    'if a\nthen\nb\nfi >f': 'if([a] [b] >f)',
    'while a; do b; c; done': 'while([a] seq([b] [c]))',
    'until a; do b; done': 'until([a] [b])',
    'for x in 1 2; do a; done': 'for(x 1 2 [a])',
    'for x; do a; done': 'for@(x [a])',
    'for x\nin a\ndo b\ndone': 'for(x a [b])',
    'case $x in a|b) c;; (*) d; esac': 'case($x arm(a b [c]) arm(* [d]))',
    '{ a; b; } | c': 'pipe(group(seq([a] [b])) [c])',
    '( a; b ) >x': 'sub(seq([a] [b]) >x)"( a; b )"',
    'f() { a; }': 'fn(f group([a]))"f() { a; }"',
    'if a; then b; fi; c': 'seq(if([a] [b]) [c])',
    'echo if then done': '[echo if then done]',
  })
})

test('what is not complete asks for more', () => {
  for (const source of [
    'echo "a',
    "echo 'a",
    'echo $(a',
    'echo `a',
    'a |',
    'a &&',
    'if a; then',
    'while a',
    'for x in a; do',
    '{ a',
    '( a',
    'f() {',
    'case x in',
    'cat <<E\nfoo\n',
    'cat <<E',
    'echo a\\',
  ]) {
    expect([source, guest.text('parse', source).slice(0, 5)]).toEqual([source, 'more:'])
  }
})

test('what is wrong is named', () => {
  parses({
    'a; ; b': 'error: unexpected ";"',
    '| a': 'error: unexpected "|"',
    'a | | b': 'error: unexpected "|"',
    'a )': 'error: unexpected ")"',
    fi: 'error: unexpected "fi"',
    'if a; b; fi': 'error: expected "then", found "fi"',
    'for 1 in a; do b; done': 'error: a name must follow "for"',
    'a >': 'more: the command is not complete',
    'a > \n': 'error: unexpected end of line',
    'f() a': 'error: the body of function "f" must be a compound command: f() { ...; }',
    'if then b; fi': 'error: unexpected "then"',
    '! ! a': 'error: unexpected "!"',
  })
})

test('a script is read line by line, compound commands as one', () => {
  expect(guest.call('countLines', 'a\nb; c\n\nif d\nthen e\nfi\nf')).toBe(4)
  expect(guest.call('countLines', 'cat <<A <<B\n1\nA\n2\nB\nnext')).toBe(2)
  expect(guest.call('countLines', 'a\n)')).toBe(-1)
})

test('endless nesting is refused, not followed', () => {
  expect(guest.text('parse', '( '.repeat(5000))).toBe('error: commands are nested too deep')
  expect(guest.text('parse', `echo ${'$('.repeat(100000)}`)).toStartWith('more:')
  expect(guest.text('parse', `echo ${'"$('.repeat(100000)}`)).toStartWith('more:')
  expect(guest.text('arithmetic', '('.repeat(100000))).toStartWith('error:')
  expect(guest.text('arithmetic', '-'.repeat(100000))).toStartWith('error:')
})

test('quotes keep what they hold, unquoted values split', () => {
  guest.call('setVariable', 'x', 'a  b')
  guest.call('setVariable', 'e', '')
  expands({
    abc: '[abc]',
    '\'a b\'"c $x"d': '[a bc a  bd]',
    $x: '[a][b]',
    '"$x"': '[a  b]',
    '-$x-': '[-a][b-]',
    $e: '',
    '"$e"': '[]',
    $nothing: '',
    "''": '[]',
    '\\$x': '[$x]',
    '"\\$x\\a\\""': '[$x\\a"]',
    "'$x'": '[$x]',
    a$: '[a$]',
    '$?-$$': '[7-42]',
    '"$x"\'$x\'': '[a  b$x]',
    'a\\\nb': '[ab]',
  })
})

test('parameters: arguments, lengths, defaults, trimming', () => {
  guest.call('setVariable', 'p', '/a/b.tar.gz')
  guest.call('setVariable', 'e', '')
  guest.call('setParameters', 'one\ntwo words\n')
  expands({
    '"$@"': '[one][two words][]',
    '"-$@-"': '[-one][two words][-]',
    '$@': '[one][two][words]',
    '"$*"': '[one two words ]',
    '$#': '[3]',
    $1x: '[onex]',
    '${2}': '[two][words]',
    $9: '',
    '${#p}': '[11]',
    '${u:-d e}': '[d][e]',
    '"${u:-d e}"': '[d e]',
    '${e:-d}': '[d]',
    '"${e-d}"': '[]',
    '${e:+d}': '',
    '${p:+d}': '[d]',
    '${p%.*}': '[/a/b.tar]',
    '${p%%.*}': '[/a/b]',
    '${p#*/}': '[a/b.tar.gz]',
    '${p##*/}': '[b.tar.gz]',
    '${p%x}': '[/a/b.tar.gz]',
    '${u:-${p##*.}}': '[gz]',
  })
  guest.call('setParameters', '')
  expands({ '"$@"': '', 'a"$@"': '[a]', '$#': '[0]', '${1-none}': '[none]' })
  expect(guest.text('words', '${w:=set}')).toBe('[set]')
  expect(guest.text('getVariable', 'w')).toBe('set')
  expands({
    '${u:?gone}': 'error: u: gone',
    '${}': 'error: ${}: not a parameter',
    '${a^}': 'error: ${a^}: unknown operator',
  })
})

test('IFS says where values split', () => {
  guest.call('setVariable', 'path', 'a:b::c d')
  guest.call('setVariable', 'IFS', ':')
  expands({ $path: '[a][b][][c d]' })
  guest.call('setVariable', 'IFS', ' \t\n')
  expands({ $path: '[a:b::c][d]' })
})

test('substituted commands lose their last newlines', () => {
  expands({
    '$(a b)': '[<a][b>]',
    '"$(a b)"': '[<a b>]',
    '`a \\`b\\``': '[<a][`b`>]',
    '"$(echo ")" x)"': '[<echo ")" x>]',
  })
})

test('arithmetic follows C', () => {
  guest.call('setVariable', 'n', '5')
  const cases: Record<string, string> = {
    '': '0',
    '1 + 2 * 3': '7',
    '(1 + 2) * 3': '9',
    '7 / 2': '3',
    '-7 / 2': '-3',
    '-7 % 3': '-1',
    '1 << 4 | 3': '19',
    '5 > 3 && 2 >= 2': '1',
    '1 == 2 || !0': '1',
    '~0': '-1',
    '2 - 3 - 4': '-5',
    'n * n': '25',
    'm + 1': '1',
    '0x10': '16',
    '1 ? 2 : 3': '2',
    '0 ? 1 / 0 : 3': '3',
    '0 && 1 / 0': '0',
    '9223372036854775807 + 1': '-9223372036854775808',
    '(-9223372036854775807 - 1) / -1': '-9223372036854775808',
    'k = n + 1': '6',
    'k += 4': '10',
    '1 / 0': 'error: division by zero',
    '1 +': 'error: a value is missing at the end',
    '(1': 'error: ")" is missing',
    '1 2': 'error: unexpected "2"',
    '1x': 'error: "1x" is no integer',
    '1 ? 2': 'error: "?" without ":"',
  }
  expands(cases, 'arithmetic')
  expect(guest.text('getVariable', 'k')).toBe('10')
  expect(guest.text('words', '"$((n + $n))"')).toBe('[10]')
  expect(guest.text('words', '$((1 / 0))')).toBe('error: $((1 / 0)): division by zero')
})

test('patterns name files, sorted, or stay as they are', () => {
  guest.call('setVariable', 'g', '*.txt')
  expands({
    '*.txt': '[a.txt][b.txt]',
    '"*.txt"': '[*.txt]',
    '\\*.txt': '[*.txt]',
    $g: '[a.txt][b.txt]',
    '"$g"': '[*.txt]',
    '*.none': '[*.none]',
    '.*': '[.hidden]',
    'd*/[xy].ts': '[dir/x.ts][dir/y.ts]',
    '*/x.ts': '[dir/x.ts]',
    '/d*/x.ts': '[/dir/x.ts]',
    '/*': '[/bin][/dir]',
    'odd\\**': '[odd*name]',
    '*\\**': '[odd*name]',
  })
  expect(guest.text('text', '*.txt')).toBe('*.txt')
  expect(guest.text('pattern', '"*"*')).toBe('\\**')
})

test('a tilde is the home directory', () => {
  guest.call('setVariable', 'HOME', '/home/me')
  expands({ '~': '[/home/me]', '~/x': '[/home/me/x]', '"~"': '[~]', 'a~': '[a~]' })
})

test('here-documents expand, and keep their quotes', () => {
  guest.call('setVariable', 'x', 'a  b')
  expands({ '"$x" \'$x\' \\$x `c`\n': '"a  b" \'a  b\' $x <c>\n' }, 'document')
})
