/** An error as gRPC's client gives it. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), {
    code,
    details,
    metadata: { get: () => [] },
  });
}
