/**
 * How Node is started for the service, wherever that is: `npm start`, the image and the stack have these. New objects get 8 MB
 * for each half of their space: what a batch of events leaves behind is collected there, and with 16 MB, which Node would take,
 * a worker holds 20 MB more that nobody uses. What the build has compiled fits these flags of V8 and no others; with others
 * a start compiles by itself. The service maps its stacks itself, when one is read.
 */
export const START_FLAGS = ['--max-semi-space-size=8'];
