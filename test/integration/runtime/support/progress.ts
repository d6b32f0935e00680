/** Gathers what is reported, without how long a step has gone on: that depends on how busy the machine is. */
export function gatherProgress(): { onProgress: (message: string) => void; progress: string[] } {
  const progress: string[] = [];
  return {
    progress,
    onProgress: (message) => {
      if (!/ … \d+:\d\d$/.test(message)) {
        progress.push(message);
      }
    },
  };
}
