/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_VERSION_H
#define GP_VERSION_H

/** The version of the module. A test compares it with debian/changelog. */
#define GP_VERSION "0.1.0"

#endif
