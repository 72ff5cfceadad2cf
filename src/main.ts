#!/usr/bin/env node
const oldest = [20, 19, 0] as const;
const running = process.versions.node.split('.').map(Number);
const gap = oldest.map((wanted, index) => (running[index] ?? 0) - wanted).find((part) => part !== 0) ?? 0;
if (gap < 0) {
  process.stderr.write(
    `tillog needs Node ${oldest.join('.')} or newer; this is ${process.versions.node}. Nothing was started.\n`,
  );
  process.exit(2);
}

// Loaded only now: on an older Node the packages would fail with a message that helps nobody.
const { runCommandLine } = await import('./command-line.js');
await runCommandLine(process.argv);
