// Motisig hub: a Destination Function for Segment. Paste the whole file into Connections > Catalog > Functions > New
// Function > Destination, and add two settings (docs/enable-segment.md):
//
//   hubUrl       Text,   required            where the hub is reached: https://hub.example.com
//   bearerToken  Text,   required, sensitive SEGMENT_BEARER_TOKEN of the hub
//
// Hands every event to the hub as it came. Unlike the Webhooks destination it also hands on deletions, and lets Segment try
// again for four hours while the token is wrong, instead of throwing the events away. A repetition does no harm: the hub
// counts every messageId once.

async function onTrack(event, settings) {
  await deliver(event, 'track', settings);
}

async function onIdentify(event, settings) {
  await deliver(event, 'identify', settings);
}

async function onGroup(event, settings) {
  await deliver(event, 'group', settings);
}

async function onPage(event, settings) {
  await deliver(event, 'page', settings);
}

async function onScreen(event, settings) {
  await deliver(event, 'screen', settings);
}

async function onAlias(event, settings) {
  await deliver(event, 'alias', settings);
}

async function onDelete(event, settings) {
  await deliver(event, 'delete', settings);
}

// A batch that is too large is halved until it fits. What cannot be taken is told for each event, and only that is lost.
async function onBatch(events, settings) {
  const answer = await ask(events, settings);
  if (isTaken(answer.status)) {
    return events.map(() => ({ status: 200 }));
  }
  if (answer.status === 413 && events.length > 1) {
    const middle = Math.ceil(events.length / 2);
    const first = await onBatch(events.slice(0, middle), settings);
    const second = await onBatch(events.slice(middle), settings);
    return first.concat(second);
  }
  if (isForGood(answer.status)) {
    return events.map(() => ({ status: 400, errormessage: answer.message }));
  }
  throw new RetryError(answer.message);
}

async function deliver(event, type, settings) {
  // Segment writes no type into some deletions.
  const answer = await ask(event.type === undefined ? { ...event, type } : event, settings);
  if (isTaken(answer.status)) {
    return;
  }
  if (isForGood(answer.status)) {
    throw new InvalidEventPayload(answer.message);
  }
  throw new RetryError(answer.message);
}

function isTaken(status) {
  return status >= 200 && status < 300;
}

// Trying again would not help. Everything else passes, or somebody mends it within four hours: 401 is a wrong token.
function isForGood(status) {
  return status === 400 || status === 413 || status === 415;
}

async function ask(body, settings) {
  const { url, token } = placeOf(settings);
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      // A redirect would arrive as a GET without events, and its 200 would count as delivered.
      redirect: 'manual',
    });
  } catch (error) {
    throw new RetryError(`The hub cannot be reached at hubUrl (${error.code || error.name}).`);
  }
  return { status: response.status, message: await sentenceOf(response) };
}

async function sentenceOf(response) {
  const answered = `The hub answered ${response.status}`;
  try {
    const { message } = JSON.parse(await response.text());
    return typeof message === 'string' ? `${answered}: ${message}` : `${answered}.`;
  } catch {
    return `${answered}; is hubUrl the address of the hub?`;
  }
}

function placeOf(settings) {
  const hubUrl = String(settings.hubUrl || '').trim();
  const token = String(settings.bearerToken || '').trim();
  if (!/^https:\/\/[^/\s]+/.test(hubUrl)) {
    throw new ValidationError('The setting hubUrl must be the https address of the hub.');
  }
  if (token === '') {
    throw new ValidationError(
      'The setting bearerToken is empty; copy SEGMENT_BEARER_TOKEN of the hub.',
    );
  }
  return { url: `${hubUrl.replace(/\/+$/, '')}/segment/webhook`, token };
}
