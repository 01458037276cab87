import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Signs what the stand-in reports, as SendGrid's Signed Event Webhook does. */
export interface WebhookKey {
  /** Base64 of SPKI DER, as SendGrid shows it: what SENDGRID_WEBHOOK_PUBLIC_KEY would be. */
  readonly publicKey: string;
  /** Base64 DER over the timestamp and the bytes. */
  sign(timestamp: string, body: Buffer): string;
}

/**
 * The key pair of the stand-in, kept in the data folder so that an api process knows the key of the worker's stand-in;
 * without a folder a new one. Readable by the owner only.
 */
export function webhookKeyOf(dataDir: string | undefined): WebhookKey {
  const pem = dataDir === undefined ? newKey() : keptKey(dataDir);
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: publicKey.toString('base64'),
    sign: (timestamp, body) =>
      sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString('base64'),
  };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function keptKey(dataDir: string): string {
  const path = join(dataDir, 'sandbox-sendgrid-key.pem');
  if (!existsSync(path)) {
    const beside = `${path}.${process.pid}.new`;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(beside, newKey(), { mode: 0o600 });
    try {
      linkSync(beside, path);
    } catch (error) {
      // Another process that starts at the same moment was first: its key counts.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw error;
      }
    } finally {
      rmSync(beside, { force: true });
    }
  }
  return readFileSync(path, 'utf8');
}
