/**
 * How Node is started for the service, wherever that is: `npm start`, the image and the stack have these. New objects get 8 MB
 * for each half of their space: what a batch of events leaves behind is collected there, and with 16 MB, which Node would take,
 * a worker holds 20 MB more that nobody uses.
 */
export const START_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'] as const;
