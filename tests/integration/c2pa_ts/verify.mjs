// Judge files with @trustnxt/c2pa-ts, which shares no code with the library that signed them.
// Usage: node verify.mjs FILE...   Prints one JSON line for each file, in order.
// It checks structure, hashes and signature; it knows no trust lists.
import * as fs from 'node:fs/promises';
import { BMFF, JPEG, PNG } from '@trustnxt/c2pa-ts/asset';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { ManifestStore, ValidationResult } from '@trustnxt/c2pa-ts/manifest';
import * as pkijs from 'pkijs';

// A time-stamp of a version 2 claim is the token alone (C2PA 2.2, section 10.3.2.5); this verifier
// expects the authority's whole response, so the token is put into one. It judges it as any other.
const whole = pkijs.TimeStampResp.fromBER.bind(pkijs.TimeStampResp);
pkijs.TimeStampResp.fromBER = (bytes) => {
  try {
    return whole(bytes);
  } catch {
    return new pkijs.TimeStampResp({
      status: new pkijs.PKIStatusInfo({ status: pkijs.PKIStatus.granted }),
      timeStampToken: pkijs.ContentInfo.fromBER(bytes),
    });
  }
};

async function judge(file) {
  const bytes = new Uint8Array(await fs.readFile(file));
  const kind = [JPEG, PNG, BMFF].find((candidate) => candidate.canRead(bytes));
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
