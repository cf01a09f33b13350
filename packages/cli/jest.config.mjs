import preset from '../../jest.preset.mjs';

// Many tests start processes, each of which unpacks and reads a dump.
export default { ...preset, testTimeout: 60_000 };
