/** Stands in for `mdurl`: the demo encodes addresses with the browser's own functions. */
export function parse(address: string): string {
  return address;
}

export function format(address: string): string {
  return address;
}

export function encode(address: string): string {
  return address;
}

export function decode(address: string): string {
  return address;
}
decode.defaultChars = "";
