import { Body } from '@react-email/body';
import { Button } from '@react-email/button';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Hr } from '@react-email/hr';
import { Html } from '@react-email/html';
import { Link } from '@react-email/link';
import { Preview } from '@react-email/preview';
import { render } from '@react-email/render';
import { Text } from '@react-email/text';
import { createElement as h, type CSSProperties } from 'react';
import type { PromptLinks } from '../../src/core/prompt/prompt.ts';
import { type EmailWords, paragraphsOf, type RenderedEmail } from './map.ts';

/*
 * The one layout of all e-mails: a headline, what happened, one button, and below a line a quiet way to say "not now" and
 * to unsubscribe, and who sends it from where. No image, no script, nothing from elsewhere; inline colours for mail programs that drop the style
 * element, which only adds the dark ones. React escapes every value.
 */

/** Light colours; each text has at least 4.5:1 on what is behind it, as have the dark ones below. */
const colours = {
  page: '#f4f5f7',
  card: '#ffffff',
  ink: '#1b1f27',
  soft: '#5a6372',
  line: '#dfe3e8',
  brand: '#2f5bea',
  onBrand: '#ffffff',
};

const darkStyle = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page,.page>table>tbody>tr>td{background-color:#14171c!important}
.card{background-color:#1d2128!important}
.ink{color:#eceff4!important}
.soft{color:#a5afbe!important}
.line{border-color:#343b46!important}
.button{background-color:#8ea8ff!important;color:#10131a!important}
}`;

const fontFamily = '-apple-system,"Segoe UI",Roboto,Helvetica,Arial,"Liberation Sans",sans-serif';

const textStyle: CSSProperties = {
  fontFamily,
  fontSize: '16px',
  lineHeight: '24px',
  color: colours.ink,
  margin: '0 0 16px',
};

const footStyle: CSSProperties = {
  ...textStyle,
  fontSize: '14px',
  lineHeight: '20px',
  margin: 0,
  color: colours.soft,
};

const quietLink: CSSProperties = { color: colours.soft, textDecoration: 'underline' };

/** About as much as mail programs show beside the subject. */
const previewLengthMax = 140;

/** Both forms of one e-mail. The words are data: whatever is in them is shown as text. */
export async function renderEmail(
  words: EmailWords,
  links: PromptLinks,
  postalAddress?: string,
): Promise<RenderedEmail> {
  return {
    text: textOf(words, links, postalAddress),
    html: await render(documentOf(words, links, postalAddress)),
  };
}

function documentOf(words: EmailWords, links: PromptLinks, postalAddress: string | undefined) {
  const paragraphs = paragraphsOf(words);
  return h(
    Html,
    { lang: 'en' },
    h(
      Head,
      null,
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'supported-color-schemes', content: 'light dark' }),
      h('title', null, words.subject),
      h('style', { dangerouslySetInnerHTML: { __html: darkStyle } }),
    ),
    h(
      Body,
      { className: 'page', style: { margin: 0, backgroundColor: colours.page } },
      h(Preview, null, paragraphs.join(' ').slice(0, previewLengthMax)),
      h(
        'div',
        { role: 'main', style: { padding: '24px 12px' } },
        card(words, paragraphs, links, postalAddress),
      ),
    ),
  );
}

function card(
  words: EmailWords,
  paragraphs: readonly string[],
  links: PromptLinks,
  postalAddress: string | undefined,
) {
  return h(
    Container,
    {
      className: 'card',
      style: {
        maxWidth: '560px',
        backgroundColor: colours.card,
        borderRadius: '8px',
        // A long word without a break would widen the table beyond a phone.
        wordBreak: 'break-word',
        overflowWrap: 'anywhere',
      },
    },
    h(
      'div',
      { style: { padding: '28px 24px' } },
      h(
        Heading,
        {
          as: 'h1',
          className: 'ink',
          style: { ...textStyle, fontSize: '22px', lineHeight: '30px', fontWeight: 700 },
        },
        words.headline,
      ),
      ...paragraphs.map((paragraph, at) =>
        h(Text, { key: at, className: 'ink', style: textStyle }, paragraph),
      ),
      h(
        Button,
        {
          href: links.go,
          className: 'button',
          style: {
            fontFamily,
            fontSize: '16px',
            fontWeight: 600,
            lineHeight: '20px',
            padding: '13px 22px',
            borderRadius: '6px',
            backgroundColor: colours.brand,
            color: colours.onBrand,
            textDecoration: 'none',
          },
        },
        words.ctaLabel,
      ),
      h(Hr, {
        className: 'line',
        style: { margin: '28px 0 16px', borderTop: `1px solid ${colours.line}` },
      }),
      h(
        Text,
        {
          className: 'soft',
          style: { ...footStyle, lineHeight: '28px' },
        },
        h(Link, { href: links.dismiss, className: 'soft', style: quietLink }, 'Not now'),
        ' \u00a0\u00b7\u00a0 ',
        h(Link, { href: links.unsubscribe, className: 'soft', style: quietLink }, 'Unsubscribe'),
      ),
      postalAddress === undefined
        ? null
        : h(Text, { className: 'soft', style: { ...footStyle, margin: '8px 0 0' } }, postalAddress),
    ),
  );
}

function textOf(words: EmailWords, links: PromptLinks, postalAddress: string | undefined): string {
  return [
    words.headline,
    ...paragraphsOf(words),
    `${words.ctaLabel}: ${links.go}`,
    '-- ',
    `Not now: ${links.dismiss}\nUnsubscribe: ${links.unsubscribe}\n`,
    ...(postalAddress === undefined ? [] : [`${postalAddress}\n`]),
  ].join('\n\n');
}
