/* Numbers as programs read them: in files, on command lines, in the texts of options. The shortest decimal
 * text that is the same number again; whole numbers below 2⁵³ have all their digits and no power of ten, so
 * that what counts reads them too. Any thread. For people: base/number_text.h. */
#ifndef LS_BASE_NUMBER_EXACT_H
#define LS_BASE_NUMBER_EXACT_H

enum { NUMBER_EXACT_SIZE = 32 };

/* Both return `text`: "0.1", "1000000", "1e-30". What is no finite number is "nan", "inf" or "-inf". */
char *number_exact(char text[NUMBER_EXACT_SIZE], double value);
/* Of a float: 0.1f is "0.1", not "0.10000000149011612". */
char *number_exact_float(char text[NUMBER_EXACT_SIZE], float value);
/* A limit, for the line that refuses what lies beyond: five digits as people write them where those say it,
 * else exactly. "expected up to 1, found 1" would be no answer. */
char *number_limit(char text[NUMBER_EXACT_SIZE], double value);
/* The double that people would write for a float: 0.1 of 0.1f. */
double number_plain(float value);

/* For a printf's %s; the text lives as long as the block around it. */
#define LS_NUMBER_LIMIT(value) number_limit((char[NUMBER_EXACT_SIZE]){0}, (double)(value))

#endif
