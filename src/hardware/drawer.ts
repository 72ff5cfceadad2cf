import { pulseBytes } from './escpos-commands.js';

/** A device did not do what it was told. Expected and visible; the sale is recorded all the same. */
export class DeviceFault extends Error {
  override readonly name = 'DeviceFault';
}

/** A cash drawer. */
export interface Drawer {
  /**
   * Opens it once, unless it is no longer wanted by the time that the device is free.
   * @throws DeviceFault with a hint that a person can act on
   */
  open(isWanted: () => boolean): Promise<void>;
}

/**
 * The whole pulse of ESC/POS, `ESC p m t1 t2`: connector 0, 50 ms on, 500 ms off. A shorter one opens some drawers only
 * now and then.
 */
export const drawerPulse: Uint8Array = pulseBytes({ connector: 0, on_ms: 50, off_ms: 500 });
