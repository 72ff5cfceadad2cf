import { StreamableFile } from '@nestjs/common';
import type { z } from 'zod';
import { codePages } from '../../hardware/escpos-code-page.js';
import { escposJobs } from '../../hardware/escpos-job.js';
import type { Layout } from '../../hardware/layout.js';
import { layoutPng } from '../../hardware/layout-png.js';
import { layoutText } from '../../hardware/layout-text.js';
import { type Paper, paperLayout } from '../../hardware/paper-layout.js';
import { papers } from '../../hardware/paper.js';
import type { paperQuery } from './requests.js';

/** In which language, with which figures and on which roll a paper is asked for. */
export type PaperQuery = z.infer<typeof paperQuery>;

/** A paper as plain text. */
export const textOf = (paper: Paper, query: PaperQuery): string =>
  layoutText(layoutOf(paper, query), papers[query.paper].columns);

/**
 * A paper as a picture, dot for dot as a printer makes it.
 * @throws PaperFault when something in it cannot be drawn
 */
export const pictureOf = (paper: Paper, query: PaperQuery): StreamableFile =>
  new StreamableFile(layoutPng(layoutOf(paper, query), papers[query.paper]), { type: 'image/png' });

/**
 * A paper as the bytes for an ESC/POS printer.
 * @throws PaperFault when something in it cannot be drawn
 */
export const bytesOf = (paper: Paper, query: PaperQuery): StreamableFile => {
  const printer = { paper: papers[query.paper], codePage: codePages[query.code_page], qr: query.qr } as const;
  const jobs = escposJobs(layoutOf(paper, query), printer);
  return new StreamableFile(Buffer.concat(jobs), { type: 'application/octet-stream' });
};

const layoutOf = (paper: Paper, { language, numerals }: PaperQuery): Layout => {
  const { shop } = paper;
  const asked = { language: language ?? shop.language, numerals: numerals ?? shop.numerals };
  return paperLayout({ ...paper, shop: { ...shop, ...asked } });
};
