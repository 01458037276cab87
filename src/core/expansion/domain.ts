import type { Traits } from '../account/trait.ts';

/** Addresses at which anybody may have a mailbox: they name no company. */
const freeMail = new Set(
  (
    'gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de ymail.com rocketmail.com hotmail.com ' +
    'hotmail.co.uk hotmail.fr hotmail.de outlook.com outlook.de outlook.fr live.com live.co.uk msn.com icloud.com ' +
    'me.com mac.com aol.com aim.com proton.me protonmail.com pm.me gmx.com gmx.de gmx.net gmx.at gmx.ch web.de ' +
    'mail.com mail.ru yandex.com yandex.ru ya.ru inbox.ru list.ru bk.ru qq.com 163.com 126.com sina.com foxmail.com ' +
    'naver.com daum.net hanmail.net zoho.com zohomail.com fastmail.com fastmail.fm hey.com tutanota.com tuta.io ' +
    'tuta.com posteo.de mailbox.org t-online.de freenet.de arcor.de orange.fr wanadoo.fr free.fr laposte.net sfr.fr ' +
    'libero.it virgilio.it tiscali.it bluewin.ch btinternet.com sky.com comcast.net verizon.net att.net sbcglobal.net ' +
    'cox.net charter.net rediffmail.com seznam.cz wp.pl o2.pl onet.pl interia.pl uol.com.br bol.com.br terra.com.br'
  ).split(' '),
);

/** Names that everybody uses for examples and machines of their own. */
const nobodys = /(?:^|\.)(?:example\.(?:com|net|org)|localhost|local|test|invalid|example)$/u;
const domainShape = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])$/u;

/**
 * The domain of the company behind an account, from its traits `domain` or `website`: lower case, without `www.`.
 * Undefined when there is none, when it is none, or when anybody may have an address there.
 */
export function businessDomainOf(traits: Traits): string | undefined {
  for (const name of ['domain', 'website']) {
    const said = traits.get(name)?.value;
    const domain = typeof said === 'string' ? hostOf(said) : undefined;
    if (domain !== undefined && !freeMail.has(domain) && !nobodys.test(domain)) {
      return domain;
    }
  }
  return undefined;
}

function hostOf(said: string): string | undefined {
  const host = said
    .slice(0, 300)
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z\d+.-]*:\/\//u, '')
    .replace(/[/?#:].*$/su, '')
    .replace(/^www\./u, '')
    .replace(/\.$/u, '');
  return domainShape.test(host) ? host : undefined;
}
