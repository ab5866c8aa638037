import { constants } from "node:fs";
import { access, chmod, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Linux keeps files in memory. */
const memory = "/dev/shm";
/** What has to be free there, in bytes. The databases of a run of all tests take a tenth of it. */
const minRoom = 2 * 1024 ** 3;

/**
 * Makes a folder for databases: in memory where Linux has room for it, else on the disk. Tests make thousands of databases, of
 * hundreds of files each, and a disk takes longer for them than the tests for everything else.
 */
export async function makeDataFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join((await hasRoom()) ? memory : tmpdir(), prefix));
  await chmod(folder, 0o755); // A server may run as another user.
  return folder;
}

async function hasRoom(): Promise<boolean> {
  try {
    await access(memory, constants.W_OK);
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize >= minRoom;
  } catch {
    return false; // Not Linux, or there is no such folder.
  }
}
