/** `npm run oracle` asks for the walks that the unit specs of the machines take; nobody else does, and loads nothing here. */
const folder = process.env.JETWAY_WALKS;
if (folder !== undefined) (await import('../../workflows/walk.fixture.ts')).recordWalksIn(folder);
