/** Random values that travel through a browser: link, cookie, handle. Each is kept here as a digest alone. */
import { randomBytes } from 'node:crypto';

export type RandomText = () => string;

/** 256 bits as base64url. */
export const systemRandomText: RandomText = () => randomBytes(32).toString('base64url');
