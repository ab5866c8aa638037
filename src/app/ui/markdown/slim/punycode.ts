/** Stands in for `punycode.js`: `safeUrl` encodes the names of hosts, as part of reading an address. */
const punycode = {
  toASCII: (host: string): string => host,
  toUnicode: (host: string): string => host,
};

export default punycode;
