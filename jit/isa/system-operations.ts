/**
 * The SYS instructions with names of their own: AT, DC, IC, TLBI and the prediction restrictions (DDI 0487 C5.3 to
 * C5.5), for the assembler and disassembler.
 *
 * A line is op1, CRn, CRm, op2 and the name; `-` after it marks those that take no register.
 */

const LINES = `
0 7 1 0 ic ialluis -
0 7 5 0 ic iallu -
0 7 6 1 dc ivac
0 7 6 2 dc isw
0 7 6 3 dc igvac
0 7 6 4 dc igsw
0 7 6 5 dc igdvac
0 7 6 6 dc igdsw
0 7 8 0 at s1e1r
0 7 8 1 at s1e1w
0 7 8 2 at s1e0r
0 7 8 3 at s1e0w
0 7 9 0 at s1e1rp
0 7 9 1 at s1e1wp
0 7 10 2 dc csw
0 7 10 4 dc cgsw
0 7 10 6 dc cgdsw
0 7 14 2 dc cisw
0 7 14 4 dc cigsw
0 7 14 6 dc cigdsw
0 8 1 0 tlbi vmalle1os -
0 8 1 1 tlbi vae1os
0 8 1 2 tlbi aside1os
0 8 1 3 tlbi vaae1os
0 8 1 5 tlbi vale1os
0 8 1 7 tlbi vaale1os
0 8 2 1 tlbi rvae1is
0 8 2 3 tlbi rvaae1is
0 8 2 5 tlbi rvale1is
0 8 2 7 tlbi rvaale1is
0 8 3 0 tlbi vmalle1is -
0 8 3 1 tlbi vae1is
0 8 3 2 tlbi aside1is
0 8 3 3 tlbi vaae1is
0 8 3 5 tlbi vale1is
0 8 3 7 tlbi vaale1is
0 8 5 1 tlbi rvae1os
0 8 5 3 tlbi rvaae1os
0 8 5 5 tlbi rvale1os
0 8 5 7 tlbi rvaale1os
0 8 6 1 tlbi rvae1
0 8 6 3 tlbi rvaae1
0 8 6 5 tlbi rvale1
0 8 6 7 tlbi rvaale1
0 8 7 0 tlbi vmalle1 -
0 8 7 1 tlbi vae1
0 8 7 2 tlbi aside1
0 8 7 3 tlbi vaae1
0 8 7 5 tlbi vale1
0 8 7 7 tlbi vaale1
3 7 3 4 cfp rctx
3 7 3 5 dvp rctx
3 7 3 7 cpp rctx
3 7 4 1 dc zva
3 7 4 3 dc gva
3 7 4 4 dc gzva
3 7 5 1 ic ivau
3 7 10 1 dc cvac
3 7 10 3 dc cgvac
3 7 10 5 dc cgdvac
3 7 11 1 dc cvau
3 7 12 1 dc cvap
3 7 12 3 dc cgvap
3 7 12 5 dc cgdvap
3 7 13 1 dc cvadp
3 7 13 3 dc cgvadp
3 7 13 5 dc cgdvadp
3 7 14 1 dc civac
3 7 14 3 dc cigvac
3 7 14 5 dc cigdvac
4 7 8 0 at s1e2r
4 7 8 1 at s1e2w
4 7 8 4 at s12e1r
4 7 8 5 at s12e1w
4 7 8 6 at s12e0r
4 7 8 7 at s12e0w
4 8 0 1 tlbi ipas2e1is
4 8 0 2 tlbi ripas2e1is
4 8 0 5 tlbi ipas2le1is
4 8 0 6 tlbi ripas2le1is
4 8 1 0 tlbi alle2os -
4 8 1 1 tlbi vae2os
4 8 1 4 tlbi alle1os -
4 8 1 5 tlbi vale2os
4 8 1 6 tlbi vmalls12e1os -
4 8 2 1 tlbi rvae2is
4 8 2 5 tlbi rvale2is
4 8 3 0 tlbi alle2is -
4 8 3 1 tlbi vae2is
4 8 3 4 tlbi alle1is -
4 8 3 5 tlbi vale2is
4 8 3 6 tlbi vmalls12e1is -
4 8 4 0 tlbi ipas2e1os
4 8 4 1 tlbi ipas2e1
4 8 4 2 tlbi ripas2e1
4 8 4 3 tlbi ripas2e1os
4 8 4 4 tlbi ipas2le1os
4 8 4 5 tlbi ipas2le1
4 8 4 6 tlbi ripas2le1
4 8 4 7 tlbi ripas2le1os
4 8 5 1 tlbi rvae2os
4 8 5 5 tlbi rvale2os
4 8 6 1 tlbi rvae2
4 8 6 5 tlbi rvale2
4 8 7 0 tlbi alle2 -
4 8 7 1 tlbi vae2
4 8 7 4 tlbi alle1 -
4 8 7 5 tlbi vale2
4 8 7 6 tlbi vmalls12e1 -
6 7 8 0 at s1e3r
6 7 8 1 at s1e3w
6 7 14 1 dc cipapa
6 7 14 5 dc cigdpapa
6 8 1 0 tlbi alle3os -
6 8 1 1 tlbi vae3os
6 8 1 4 tlbi paallos -
6 8 1 5 tlbi vale3os
6 8 2 1 tlbi rvae3is
6 8 2 5 tlbi rvale3is
6 8 3 0 tlbi alle3is -
6 8 3 1 tlbi vae3is
6 8 3 5 tlbi vale3is
6 8 4 3 tlbi rpaos
6 8 4 7 tlbi rpalos
6 8 5 1 tlbi rvae3os
6 8 5 5 tlbi rvale3os
6 8 6 1 tlbi rvae3
6 8 6 5 tlbi rvale3
6 8 7 0 tlbi alle3 -
6 8 7 1 tlbi vae3
6 8 7 4 tlbi paall -
6 8 7 5 tlbi vale3
`

/** One named SYS operation. */
export interface SystemOperation {
  /** Mnemonic and operation, such as `dc zva`. */
  readonly name: string
  /** Whether it takes a register. */
  readonly operand: boolean
  /** op1, CRn, CRm, op2 as one 14-bit number. */
  readonly encoding: number
}

/** op1, CRn, CRm, op2 as one 14-bit number. */
export function operationEncoding(op1: number, CRn: number, CRm: number, op2: number): number {
  return (op1 << 11) | (CRn << 7) | (CRm << 3) | op2
}

const byEncoding = new Map<number, SystemOperation>()
const byName = new Map<string, SystemOperation>()
for (const line of LINES.trim().split('\n')) {
  const [op1, CRn, CRm, op2, mnemonic, what, none] = line.split(' ')
  const encoding = operationEncoding(Number(op1), Number(CRn), Number(CRm), Number(op2))
  const operation = { name: `${mnemonic} ${what}`, operand: none === undefined, encoding }
  byEncoding.set(encoding, operation)
  byName.set(operation.name, operation)
}

/** The operation of an encoding, or undefined if it has no name. */
export function systemOperation(encoding: number): SystemOperation | undefined {
  return byEncoding.get(encoding)
}

/** The operation of a name such as `tlbi vmalle1is`, or undefined. */
export function systemOperationByName(name: string): SystemOperation | undefined {
  return byName.get(name)
}

/** The mnemonics that stand for SYS. */
export const OPERATION_MNEMONICS: readonly string[] = [
  ...new Set([...byName.keys()].map((name) => name.split(' ')[0]!)),
]
