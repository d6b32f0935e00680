/** Makes a call, or shares the one of the same key that is under way. */
type SharedCalls<Answer> = (
  key: string,
  call: () => Promise<Answer>,
) => { readonly answer: Promise<Answer>; readonly isShared: boolean };

/** Calls under way by their keys: whoever makes an equal call meanwhile gets the same answer. */
export function createSharedCalls<Answer>(): SharedCalls<Answer> {
  const calls = new Map<string, Promise<Answer>>();
  return (key, call) => {
    const same = calls.get(key);
    if (same !== undefined) {
      return { answer: same, isShared: true };
    }
    const answer = call().finally(() => calls.delete(key));
    calls.set(key, answer);
    return { answer, isShared: false };
  };
}
