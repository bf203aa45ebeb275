/** The pattern of LIKE for texts that contain these words as they are. @example containing('50%') is `%50\%%` */
export const containing = (words: string): string => `%${words.replace(/[%_\\]/g, '\\$&')}%`;
