/** Region in an ARN. Undefined for a name, and for an ARN without a region. */
export function regionOf(arnOrName: string): string | undefined {
  return arnOrName.split(':')[3] || undefined;
}
