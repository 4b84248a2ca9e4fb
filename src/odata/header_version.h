/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_VERSION_H
#define GP_HEADER_VERSION_H

/**
 * Read a version of OData (OData-Version, OData-MaxVersion): 1*DIGIT [ "." 1*DIGIT ].
 * @return hundredths, which can be compared: 400 for "4.0", 401 for "4.01"; -1 if it is malformed
 */
int gp_header_version(const char *value);

#endif
