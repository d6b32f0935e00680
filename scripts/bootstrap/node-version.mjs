// Syntax that every Node with modules understands: an old one must get as far as the sentence.
var NEEDED = [20, 12];

/** Ends the process with one sentence when this Node is too old. */
export function requireNode() {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < NEEDED[0] || (version[0] === NEEDED[0] && version[1] < NEEDED[1])) {
    process.stderr.write(
      'Throughline needs Node ' +
        NEEDED.join('.') +
        ' or newer, and this is Node ' +
        process.versions.node +
        '; install a newer one from https://nodejs.org.\n',
    );
    process.exit(1);
  }
}
