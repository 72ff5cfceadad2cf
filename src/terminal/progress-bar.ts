import { SingleBar } from 'cli-progress';
import type { SimulationProgress } from './simulate.js';

/** A progress that ends, so that what is printed next stands on a line of its own. */
export interface ShownProgress extends SimulationProgress {
  stop(): void;
}

/** Where progress is shown: standard error, as a rule. */
export type ProgressOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Shows progress as a bar to a person, and as a line every 10 % in a log. */
export const showProgress = (output: ProgressOutput): ShownProgress =>
  output.isTTY === true ? barOn(output) : linesOn(output);

const barOn = (stream: NodeJS.WritableStream): ShownProgress => {
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage}% {value}/{total} orders {day} {eta_formatted} left',
    hideCursor: true,
  });
  let started = false;
  return {
    update: (done, total, day) => {
      if (!started) bar.start(total, done, { day });
      started = true;
      bar.update(done, { day });
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
};

const linesOn = (output: NodeJS.WritableStream): ShownProgress => {
  let tenths = 0;
  return {
    update: (done, total, day) => {
      const reached = Math.floor((done * 10) / total);
      if (reached <= tenths) return;
      tenths = reached;
      output.write(`${reached * 10} % ${done}/${total} orders, ${day}\n`);
    },
    stop: () => undefined,
  };
};
