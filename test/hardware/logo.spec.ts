import { createCanvas } from '@napi-rs/canvas';
import { logoOf } from '../../src/hardware/logo.js';

const picture = (width: number, height: number): Uint8Array => {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#202060';
  context.fillRect(0, 0, width / 2, height);
  return canvas.toBuffer('image/png');
};

describe('The logo of a shop', () => {
  it('is black where the picture is dark and white where it is light or nothing, in whole bytes', async () => {
    expect(await logoOf(picture(20, 2), 256)).toEqual({
      width: 24,
      height: 2,
      dots: Buffer.from([0xff, 0xc0, 0, 0xff, 0xc0, 0]).toString('base64'),
    });
  });

  it('is as wide as asked, and never too wide or too high for the narrowest paper', async () => {
    expect(await logoOf(picture(800, 400), 256)).toMatchObject({ width: 256, height: 128 });
    expect(await logoOf(picture(800, 400), 1000)).toMatchObject({ width: 384, height: 192 });
    expect(await logoOf(picture(100, 4000), 100)).toMatchObject({ width: 16, height: 384 });
  });

  it('is not made of something that is no picture', async () => {
    await expect(logoOf(Buffer.from('no picture'), 100)).rejects.toThrow();
  });
});
