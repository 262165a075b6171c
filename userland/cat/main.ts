/** `cat [FILE...]`: writes files to standard output. */
import { args, Inputs, misuse, parseOptions, printStream } from '../libkenix'

export function main(): i32 {
  const options = parseOptions(args(), '')
  if (options.error !== '') return misuse(options.error, 'cat [FILE...]')
  const inputs = new Inputs(options.operands)
  while (inputs.next()) inputs.check(printStream(inputs.handle))
  return inputs.status
}
