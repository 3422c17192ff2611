export function rib(asn: number): string {
  if (asn > 65000) throw new RangeError(`no table for ${asn}`);
  return `rib ${asn}`;
}
