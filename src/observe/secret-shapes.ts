/** What a credential looks like: the names that hold one, and the shapes that give one away inside a text.
 *  Used by scrub.ts alone. A new kind of secret is added here, with a planted marker in its test. */

export const SEALED = '[sealed]';

/** Names whose values are sealed whatever they look like; compared without case, dashes and underscores. */
const secretNames = new Set(
  [
    'access_token refresh_token id_token token bearer authorization proxy_authorization cookie set_cookie',
    'client_secret secret password passphrase credential credentials assertion client_assertion subject_token',
    'code authorization_code code_verifier verifier state nonce handle latchkey_handle link request_uri user_code device_code',
    'keyring key private_key signing_key private_key_pem jwk api_key signature',
  ]
    .join(' ')
    .split(' ')
    .map(plainName),
);

/** Longer names that end so hold a secret too: sealedAccessToken, previousRefreshToken, LATCHKEY_JWT_SECRET. */
const secretEnding = /(token|secret|password|verifier|privatekey|assertion)$/;

/** An error code or a state's name (ECONNRESET, NOT_CONNECTED, ERR_HTTP2_ERROR) is worth reading and is no secret. */
const plainWord = /^(?:ERR_[A-Z0-9_]+|[A-Z_]{2,48}|\d{1,5})$/;

export function isTellingName(name: string, value: unknown): boolean {
  const plain = plainName(name);
  if (!secretNames.has(plain) && !secretEnding.test(plain)) return false;
  return !(plain === 'code' || plain === 'state') || !plainWord.test(String(value));
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

const pemBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** RFC 7515 §3.1, RFC 7516 §3.1: a compact JWS or JWE opens with a JSON object in base64url. */
const compactJose = /\beyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g;
const authorizationValue = /\b(Bearer|Basic|DPoP)(\s+)[\w~+/.=-]{6,}/gi;
const userInfo = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]+@/gi;
/** name=value, name: value and "name":"value" inside a text: queries, forms, JSON. */
const namedValue =
  /\b((?:[\w-]{0,40}(?:token|secret|password|verifier|assertion))|code|state|nonce|handle|latchkey_handle|request_uri|link)(\\?["']?\s*[=:]\s*\\?["']?)([^\s"'\\&,;<>{}]+)/gi;
const opaqueRun = /[\w-]{32,}/g;

/** Longer texts are cut: a line is for reading, and the search for shapes must not take long on a hostile body. */
const maxLength = 8_192;

/** What most fields of a line are (a request id, a path, an event's name). None of the shapes fits without a capital
 *  letter, a space or one of =:@. */
const plainText = /^[a-z0-9_./-]*$/;

/** The text with whatever looks like a credential replaced. */
export function scrubText(text: string): string {
  if (text.length <= maxLength && plainText.test(text)) return text;
  const told = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return told
    .replaceAll(pemBlock, SEALED)
    .replaceAll(compactJose, SEALED)
    .replaceAll(authorizationValue, `$1$2${SEALED}`)
    .replaceAll(userInfo, `$1${SEALED}@`)
    .replaceAll(namedValue, (whole: string, name: string, between: string, value: string) =>
      plainWord.test(value) || value.startsWith(SEALED) ? whole : `${name}${between}${SEALED}`,
    )
    .replaceAll(opaqueRun, (run) => (isRandom(run) ? SEALED : run));
}

/** Random base64url switches often between letters and digits and has letters of both cases; ids (lower case), digests
 *  in hex and the names of classes and migrations do not. */
function isRandom(run: string): boolean {
  const switches = run.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  return switches >= 3 && /[a-z]/.test(run) && /[A-Z]/.test(run);
}
