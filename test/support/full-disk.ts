/**
 * A full disk for a folder: a file system in memory with next to no room, laid over it, where this process may mount one
 * (as root on Linux); else something that takes no files at all in the folder's place. The writer meets ENOSPC with the
 * one and another error of the disk with the other; what it has to do is the same.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export type FullDisk = {
  /** Which of the two it is. */
  how: 'no space left' | 'no folder';
  /** There is room again, and what was in the folder before. */
  free(): void;
};

/** @param folder made if missing @param bytes of room, rounded up to pages; for "no folder" always none */
export function fillDisk(folder: string, bytes = 16_384): FullDisk {
  mkdirSync(folder, { recursive: true });
  const mounted =
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=1777`, 'tmpfs', folder]).status === 0;
  if (mounted)
    return {
      how: 'no space left',
      free: () => {
        // A writer may hold a file open still; then it goes when that one is done.
        spawnSync('umount', ['--lazy', folder]);
      },
    };
  renameSync(folder, `${folder}.aside`);
  writeFileSync(folder, 'no folder can be made here');
  return {
    how: 'no folder',
    free: () => {
      if (!existsSync(`${folder}.aside`)) return;
      rmSync(folder);
      renameSync(`${folder}.aside`, folder);
    },
  };
}
