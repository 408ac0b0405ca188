// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nftsvc/v1/report.pb.h"
#include "src/cli/doctor_facts.h"
#include "src/cli/style.h"

namespace nftsvc::cli {

// What the facts mean for services, one finding at least for each check, in a fixed order.
v1::DoctorReport Diagnose(const DoctorFacts& facts);

bool IsAnythingBroken(const v1::DoctorReport& report);

std::string RenderReport(const v1::DoctorReport& report, const Style& style);

}  // namespace nftsvc::cli
