/**
 * A WebAssembly module in memory, as the core specification 2.0 describes it (section 2, "Structure").
 *
 * Function bodies stay bytes until they are decoded. Index spaces list imports first.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref'

export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

export interface Limits {
  readonly min: number
  readonly max: number | undefined
}

export interface TableType extends Limits {
  readonly element: 'funcref' | 'externref'
}

export interface GlobalType {
  readonly type: ValueType
  readonly mutable: boolean
}

/** A constant expression. */
export type Constant =
  | { readonly kind: 'number'; readonly type: ValueType; readonly bits: bigint }
  | { readonly kind: 'global'; readonly index: number }
  | { readonly kind: 'null'; readonly type: ValueType }
  | { readonly kind: 'function'; readonly index: number }

export interface Import {
  readonly module: string
  readonly name: string
  readonly kind: 'func' | 'table' | 'memory' | 'global'
}

export interface Export {
  readonly name: string
  readonly kind: 'func' | 'table' | 'memory' | 'global'
  readonly index: number
}

export interface Global extends GlobalType {
  /** Absent for an import. */
  readonly init: Constant | undefined
}

export interface Elements {
  readonly type: 'funcref' | 'externref'
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly table: number
  readonly offset: Constant | undefined
  readonly items: readonly Constant[]
}

export interface Data {
  readonly mode: 'active' | 'passive'
  readonly memory: number
  readonly offset: Constant | undefined
  readonly bytes: Uint8Array
}

/** A function body: where its declarations of locals begin in the module's bytes, and where it ends. */
export interface Body {
  readonly start: number
  readonly end: number
}

export interface Module {
  readonly bytes: Uint8Array
  readonly types: FunctionType[]
  readonly imports: Import[]
  /** Type index of each function. */
  readonly functions: number[]
  readonly importedFunctions: number
  readonly tables: TableType[]
  readonly memories: Limits[]
  readonly globals: Global[]
  readonly importedGlobals: number
  readonly exports: Export[]
  readonly start: number | undefined
  readonly elements: Elements[]
  /** The number of data segments that the data count section announces. */
  readonly dataCount: number | undefined
  readonly bodies: Body[]
  readonly data: Data[]
  /** Functions that occur outside of bodies, which `ref.func` may name. */
  readonly references: ReadonlySet<number>
  /** Names of functions from the name section or the exports. */
  readonly names: ReadonlyMap<number, string>
  /** Address of the source map, from the section `sourceMappingURL`. */
  readonly sourceMap: string | undefined
}

/** The type of a function by its index. */
export function typeOfFunction(module: Module, index: number): FunctionType {
  return module.types[module.functions[index]!]!
}

/** True for the types whose values are references. */
export function isReference(type: ValueType): type is 'funcref' | 'externref' {
  return type === 'funcref' || type === 'externref'
}

/** A type in the specification's notation. */
export function typeName({ params, results }: FunctionType): string {
  return `[${params.join(' ')}] -> [${results.join(' ')}]`
}
