import { createHash } from 'node:crypto';
import type { Answer } from '../faults.ts';
import type { HeaderList } from '../wire/header-list.ts';
import { type Html, html } from './html.ts';
import { style } from './style.ts';

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly body: Html;
  /** The only one that may run. */
  readonly script?: string;
  readonly headers?: HeaderList;
}

/**
 * A page of the gateway's own: it loads nothing, is framed by nobody, runs nothing but the one
 * script it was made with, and is not kept.
 */
export function pageAnswer({ status, title, body, script, headers = [] }: Page): Answer {
  const text = documentOf(title, body, script ?? null);
  return {
    status,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Length', String(Buffer.byteLength(text))],
      ['Content-Security-Policy', policyFor(script ?? null)],
      ['X-Frame-Options', 'DENY'],
      ['X-Content-Type-Options', 'nosniff'],
      // Without any referrer a form of ours would be sent with no origin.
      ['Referrer-Policy', 'same-origin'],
      ['Cache-Control', 'no-store'],
      ['X-Robots-Tag', 'noindex'],
      ...headers,
    ],
    body: text,
  };
}

function documentOf(title: string, body: Html, script: string | null): string {
  const parts = [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    html`<title>${title} · hoopx</title>`.markup,
    `<style>${style}</style></head><body><main><p class="brand">hoopx</p>${body.markup}</main>`,
    script === null ? '' : `<script>${script}</script>`,
    '</body></html>\n',
  ];
  return parts.join('');
}

/**
 * No form-action: what a form of ours is answered with may lead on to another site, as it might
 * have from the service's own page, and browsers apply form-action to that too.
 */
function policyFor(script: string | null): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    ...(script === null ? [] : [`script-src '${hashOf(script)}'`, "connect-src 'self'"]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
