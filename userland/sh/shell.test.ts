// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the shell's syntax, too
import { beforeAll, expect, test } from 'bun:test'
import { type Guest, loadGuest } from '../testing/compile.ts'

let guest: Guest
beforeAll(async () => {
  guest = await loadGuest('testing/guest/sh.ts')
}, 60_000)

function run(script: string, { input = '', interruptAfter = -1 } = {}) {
  const [status, output, errors] = guest.text('run', script, input, interruptAfter).split('\x01')
  return { status: Number(status), output, errors }
}

/** Scripts and what they write to standard output. They write no errors. */
function writes(cases: Record<string, string>): void {
  for (const [script, output] of Object.entries(cases)) {
    const result = run(script)
    expect([script, result.output, result.errors]).toEqual([script, output, ''])
  }
}

/** Scripts and the status they end with. */
function ends(cases: Record<string, number>): void {
  for (const [script, status] of Object.entries(cases)) {
    expect([script, run(script).status]).toEqual([script, status])
  }
}

test('programs and builtins run with their arguments', () => {
  writes({
    'say a  "b  c"': 'a b  c\n',
    'echo -n a; echo b': 'ab\n',
    'x=1; say $x': '1\n',
    'x=1 say -e': 'PATH=/bin x=1\n',
    'export y=2; say -e; unset y; say -e': 'PATH=/bin y=2\nPATH=/bin\n',
    'x=1; x=2 echo; echo $x': '\n1\n',
    'cd /dir; pwd; cd -; pwd; cd ..; pwd': '/dir\n/\n/\n',
  })
})

test('lists follow the status', () => {
  writes({
    'true && echo a || echo b': 'a\n',
    'false && echo a || echo b': 'b\n',
    '! false && echo a': 'a\n',
    'exit 3; echo $?': '',
    '/bin/exit 3; echo $?': '3\n',
    'false; echo $? $?': '1 1\n',
  })
  ends({ true: 0, false: 1, '/bin/exit 7': 7, 'exit 7': 7, '! false': 0, '! true': 1, '': 0 })
})

test('compound commands choose and repeat', () => {
  writes({
    'if true; then echo a; else echo b; fi': 'a\n',
    'if false; then echo a; elif true; then echo b; else echo c; fi': 'b\n',
    'i=0; while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done': '0\n1\n2\n',
    'i=0; until [ $i -ge 2 ]; do i=$((i+1)); echo $i; done': '1\n2\n',
    'for x in a "b c" d; do echo "<$x>"; done': '<a>\n<b c>\n<d>\n',
    'set -- p q; for x; do echo $x; done': 'p\nq\n',
    'for x in 1 2 3 4; do if [ $x = 2 ]; then continue; fi; if [ $x = 4 ]; then break; fi; echo $x; done':
      '1\n3\n',
    'for x in 1 2; do for y in 1 2; do continue 2; done; echo no; done; echo $x$y': '21\n',
    'for x in 1 2; do for y in 1 2; do break 2; done; done; echo $x$y': '11\n',
    'case abc in x) echo 1;; a*|b) echo 2;; *) echo 3;; esac': '2\n',
    'case "*" in "*") echo star;; esac': 'star\n',
    '{ echo a; echo b; }; (echo c)': 'a\nb\nc\n',
  })
  ends({
    'if false; then true; fi': 0,
    'while false; do true; done': 0,
    'case a in b) true;; esac': 0,
  })
})

test('functions have arguments of their own and return a status', () => {
  writes({
    'f() { echo "$1-$#"; return 4; echo no; }; set -- x; f a b; echo $? $1': 'a-2\n4 x\n',
    'f() { if [ $1 -gt 0 ]; then echo $1; f $(($1 - 1)); fi; }; f 3': '3\n2\n1\n',
    'f() { echo in; } >out; f; echo done': 'done\n',
  })
  const endless = run('f() { f; }; f')
  expect(endless.errors).toContain('nested too deep')
})

test('pipelines connect programs, builtins and compound commands', () => {
  writes({
    'say a | cat': 'a\n',
    'echo a | cat | cat': 'a\n',
    'for x in 1 2; do echo $x; done | cat': '1\n2\n',
    'say "1 2" | while read a b; do echo "$b$a"; done': '21\n',
    'x=5; echo y | { read z; echo $x$z; }': '5y\n',
    'f() { echo f$1; }; f 1 | cat': 'f1\n',
    'x=1; echo 2 | read x; echo $x': '1\n',
  })
  ends({ 'false | true': 0, 'true | /bin/exit 3': 3, 'say a | missing': 127 })
})

test('redirections open files and copy descriptors', () => {
  writes({
    'say a >f; cat <f': 'a\n',
    'say a >f; say b >>f; cat <f': 'a\nb\n',
    'say -2 x 2>f; cat <f': '-2 x\n',
    'say -2 x 2>&1 | cat': '-2 x\n',
    'say -2 x >f 2>&1; cat <f': '-2 x\n',
    '{ say a; say b; } >f; cat <f': 'a\nb\n',
    'while read l; do echo "<$l>"; done <lib': '<loaded=$1>\n<return 3>\n<loaded=no>\n',
    'cat <<E\na $((1+1))\nE': 'a 2\n',
    "cat <<'E'\n$x\nE": '$x\n',
    'echo a >f >g; cat <g; cat <f': 'a\n',
    'exec; echo a': 'a\n',
    'exec >f; echo a': '',
  })
  expect(guest.text('file', 'f')).toBe('a\n')
  expect(run('cat <missing')).toEqual({ status: 1, output: '', errors: 'sh: missing: not there\n' })
  expect(run('echo a >&7').errors).toBe('sh: descriptor 7 is not open\n')
  expect(run('echo a >&x').errors).toContain('is no descriptor')
  expect(run(`cat <<E\n${'x'.repeat(5000)}\nE`).errors).toContain('longer than 4096')
})

test('commands are substituted by what they write', () => {
  writes({
    'x=$(say a; say b); echo "$x"': 'a\nb\n',
    'echo $(echo $(echo deep))': 'deep\n',
    'x=1; echo $(x=2; echo $x)$x': '21\n',
    'f() { echo "f $1"; }; echo "$(f 3)"': 'f 3\n',
    'x=$(/bin/exit 4); echo $?': '4\n',
    'x="it\'s"; echo $(echo "$x")': "it's\n",
  })
})

test('background jobs run and are waited for', () => {
  writes({
    'say a & wait': 'a\n',
    '/bin/exit 3 & wait $!; echo $?': '3\n',
    '{ echo a; } & wait; echo b': 'a\nb\n',
    'true && say a & wait': 'a\n',
    'say a | cat & jobs': 'a\n[1] done       say a | cat &\n',
    'say a & kill %1; fg': 'a\nsay a\n',
  })
  expect(run('wait %9').status).toBe(127)
  expect(run('kill 5').status).toBe(0)
  expect(run('kill 6').errors).toBe('sh: kill: 6: error 3\n')
})

test('test and [ compare files, strings and integers', () => {
  ends({
    test: 1,
    'test a': 0,
    'test ""': 1,
    '[ a = a ]': 0,
    '[ a != a ]': 1,
    '[ -n "" ]': 1,
    '[ -z "" ]': 0,
    '[ 10 -gt 9 ]': 0,
    '[ -f lib ]': 0,
    '[ -d /dir ]': 0,
    '[ -e nothing ]': 1,
    '[ -s lib ]': 0,
    '[ ! -e nothing ]': 0,
    '[ ! a = b ]': 0,
    '[ a = a -a b = c ]': 1,
    '[ a = b -o b = b ]': 0,
    '[ ( a = b -o b = b ) -a x ]': 2,
    '[ "(" a = b -o b = b ")" -a x ]': 0,
    '[ 1 -eq x ]': 2,
    '[ a': 2,
    '[ a b ]': 2,
  })
})

test('read takes one line, split among names', () => {
  const script = 'read a b; read c; echo "$a/$b/$c"; read d || echo end'
  expect(run(script, { input: '  1 2  3 \nx y\n' }).output).toBe('1/2  3/x y\nend\n')
  expect(run('IFS=: read a b; echo $a.$b', { input: 'x:y:z\n' }).output).toBe('x.y:z\n')
})

test('printf formats its arguments, again and again while there are some', () => {
  writes({
    "printf '%s-%5d|%-4s|%03d%%\\n' a 42 b 7": 'a-   42|b   |007%\n',
    "printf '%s\\n' a b c": 'a\nb\nc\n',
    "printf '%x %X %o %c\\t.' 255 255 8 word": 'ff FF 10 w\t.',
    "printf 'x\\101\\0101\\q'": 'x\\101A\\q',
    "printf %b 'a\\nb'": 'a\nb',
    'printf plain a b': 'plain',
  })
  expect(run('printf %d x').errors).toBe('sh: printf: "x" is no integer\n')
  expect(run('printf %q x').status).toBe(1)
})

test('other files and texts run in this shell', () => {
  writes({
    '. lib arg; echo $? $loaded': '3 arg\n',
    'eval "x=1; echo \\$x"': '1\n',
    'shift; set -- a b c; shift 2; echo $# $1': '1 c\n',
    'time true 2>f; echo $?': '0\n',
    'type echo say': 'echo is part of the shell\nsay is /bin/say\n',
  })
})

test('set -e ends the shell at a failure that nobody asks about', () => {
  writes({
    'set -e; echo a; false; echo b': 'a\n',
    'set -e; false || echo a; if false; then :; fi; ! true; echo b': 'a\nb\n',
    'set -e; x=$(echo a; false; echo b) || echo "$x"': 'a\n',
  })
})

test('mistakes are named, and give the usual status', () => {
  expect(run('missing')).toEqual({ status: 127, output: '', errors: 'sh: missing: not found\n' })
  expect(run('echo a\nfi\necho b')).toEqual({
    status: 2,
    output: 'a\n',
    errors: 'sh: syntax error: unexpected "fi"\n',
  })
  expect(run('echo ${x:?is not set}').errors).toBe('sh: x: is not set\n')
  expect(run('cd /nowhere').errors).toBe('sh: cd: /nowhere: no such directory\n')
  expect(run('. missing').status).toBe(127)
  expect(run('break x').status).toBe(2)
  expect(run('export 1=2').status).toBe(1)
})

test('Ctrl-C ends loops and lists and goes back to the prompt', () => {
  const loop = run('while true; do echo x; done; echo never', { interruptAfter: 3 })
  expect(loop).toEqual({ status: 130, output: 'x\n'.repeat(4), errors: '' })
  expect(run('say a; say b', { interruptAfter: 0 }).output).toBe('a\n')
})

test('a long loop leaves no memory behind', () => {
  const before = guest.memory.buffer.byteLength
  const script = 'i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); x="$i $i"; done; echo $i'
  expect(run(script).output).toBe('5000\n')
  expect(guest.memory.buffer.byteLength - before).toBeLessThan(8 << 20)
})
