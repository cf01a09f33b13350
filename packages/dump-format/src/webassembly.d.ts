/** The part of the WebAssembly JavaScript interface that is used here; TypeScript has it in its DOM library only. */
declare namespace WebAssembly {
  class Module {
    private readonly opaque: never;
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Record<string, Record<string, unknown>>): Promise<Instance>;
}
