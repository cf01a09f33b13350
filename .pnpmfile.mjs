// A package is published without what its manifest has for this repository alone. docs/toolchain.md says more.
export const hooks = {
  beforePacking(manifest) {
    const shipped = { ...manifest };
    for (const key of ['nx', 'devDependencies', 'scripts']) delete shipped[key];
    return shipped;
  },
};
