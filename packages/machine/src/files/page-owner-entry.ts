/** debugfs page_owner as a file of the machine. */
import type { PageOwner, RecordFormatter } from '@page-owner/page-owner';
import type { MachineFile } from './file-tree.js';

export const pageOwnerFile = (
  path: string,
  mode: number,
  owner: PageOwner,
  format: RecordFormatter,
): MachineFile => ({
  path,
  mode,
  open: () => {
    const file = owner.open();
    return {
      read: (into) => file.read(into, format),
      write: (text) => file.write(text),
      seek: (offset, whence) => file.seek(offset, whence),
    };
  },
});
