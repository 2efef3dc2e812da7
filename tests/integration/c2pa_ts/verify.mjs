// Judge files with @trustnxt/c2pa-ts, which shares no code with the library that signed them.
// Usage: node verify.mjs FILE...   Prints one JSON line for each file, in order.
// It checks structure, hashes and signature; it knows no trust lists.
import * as fs from 'node:fs/promises';
import { JPEG, PNG } from '@trustnxt/c2pa-ts/asset';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { ManifestStore, ValidationResult } from '@trustnxt/c2pa-ts/manifest';

async function judge(file) {
  const bytes = new Uint8Array(await fs.readFile(file));
  const kind = [JPEG, PNG].find((candidate) => candidate.canRead(bytes));
  if (!kind) return { file, manifest: false, valid: false, failures: ['unknown format'] };
  const asset = new kind(bytes);
  const store = asset.getManifestJUMBF();
  if (!store) return { file, manifest: false, valid: false, failures: ['no manifest'] };
  let result;
  try {
    result = await ManifestStore.read(SuperBox.fromBuffer(store)).validate(asset);
  } catch (error) {
    result = ValidationResult.fromError(error);
  }
  const failures = result.statusEntries.filter((entry) => !entry.success);
  return {
    file,
    manifest: true,
    valid: result.isValid,
    failures: failures.map((entry) => entry.code),
  };
}

for (const file of process.argv.slice(2)) {
  let verdict;
  try {
    verdict = await judge(file);
  } catch (error) {
    verdict = { file, manifest: null, valid: false, failures: [String(error)] };
  }
  console.log(JSON.stringify(verdict));
}
