// A certificate authority of the test's own, and certificates by it, with nothing but what Node brings: X.509 version 3
// (RFC 5280) over P-256, written as DER.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const BASIC_CONSTRAINTS = '2.5.29.19';
const ALTERNATIVE_NAME = '2.5.29.17';

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Of a name of a host, in an alternative name. */
const DNS_NAME = 0x82;
const explicit = (number) => 0xa0 | number;

const HOUR_MS = 3_600_000;

/** `{ pem, certify(host) }`; `certify` gives `{ key, cert }` for a server of that name. */
export function authority(name) {
  const keys = pair();
  const own = certificate({ issuer: name, subject: name, of: keys, by: keys, extensions: [isAuthority()] });
  return {
    pem: own,
    certify(host) {
      const of = pair();
      const cert = certificate({ issuer: name, subject: host, of, by: keys, extensions: [isNamed(host)] });
      return { key: of.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };
    },
  };
}

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function certificate({ issuer, subject, of, by, extensions }) {
  const algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256));
  const validity = der(SEQUENCE, time(Date.now() - HOUR_MS), time(Date.now() + HOUR_MS));
  // A number is positive: its first bit is not set.
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const told = der(
    SEQUENCE,
    der(explicit(0), der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    named(issuer),
    validity,
    named(subject),
    of.publicKey.export({ type: 'spki', format: 'der' }),
    der(explicit(3), der(SEQUENCE, ...extensions)),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', told, by.privateKey));
  const lines = der(SEQUENCE, told, algorithm, signature).toString('base64').match(/.{1,64}/g);
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

const yes = () => der(BOOLEAN, Buffer.from([0xff]));
const isAuthority = () => der(SEQUENCE, oid(BASIC_CONSTRAINTS), yes(), der(OCTET_STRING, der(SEQUENCE, yes())));
const isNamed = (host) => der(SEQUENCE, oid(ALTERNATIVE_NAME), der(OCTET_STRING, der(SEQUENCE, der(DNS_NAME, Buffer.from(host)))));
const named = (name) => der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(UTF8, Buffer.from(name)))));

/** `YYMMDDhhmmssZ`. */
const time = (ms) => der(UTC_TIME, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

function oid(text) {
  const [first, second, ...more] = text.split('.').map(Number);
  return der(OID, Buffer.from([first * 40 + second, ...more.flatMap(base128)]));
}

/** Seven bits to a byte; all bytes but the last have the eighth. */
function base128(number) {
  const bytes = [number & 0x7f];
  for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift(0x80 | (left & 0x7f));
  return bytes;
}

function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const { length } = body;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), body]);
}
