// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/read_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

namespace nftsvc::iptables {
namespace {

// Half of the kernel's step, 2^-32, and half of the last of the ten digits that kube-proxy writes.
constexpr double kRounding = 2.9e-10;

// Half of the last of five digits, and the kernel's step.
constexpr double kFiveDigits = 5.1e-6;

constexpr double kMostWeight = UINT16_MAX;

bool AreEqualShares(const std::vector<double>& probabilities) {
  const size_t count = probabilities.size();
  for (size_t i = 0; i + 1 < count; ++i) {
    const double equal = 1.0 / static_cast<double>(count - i);
    if (std::abs(probabilities[i] - equal) > kFiveDigits) return false;
  }
  return true;
}

struct Fraction {
  double numerator, denominator;
};

// The fraction with the smallest denominator between two bounds, by continued fractions.
std::optional<Fraction> SimplestBetween(double low, double high) {
  // Of the fractions found on the way, the last two.
  double n0 = 0, d0 = 1, n1 = 1, d1 = 0;
  constexpr int kMostSteps = 64;  // the numbers grow at least as those of Fibonacci
  for (int i = 0; i < kMostSteps; ++i) {
    const double whole = std::floor(low);
    const bool found = whole == low || whole < std::floor(high);
    const double next = found && whole != low ? whole + 1 : whole;
    const double n2 = next * n1 + n0, d2 = next * d1 + d0;
    if (found) return Fraction{n2, d2};
    n0 = n1, d0 = d1, n1 = n2, d1 = d2;
    const double inverse = 1 / (low - whole);
    low = 1 / (high - whole);
    high = inverse;
  }
  return std::nullopt;
}

// Weights from the last rule, which has 1, to the first. Whenever one is a fraction of those behind
// it, these are multiplied, which is put off to the end. Nothing if they outgrow what a weight can
// be.
std::optional<std::vector<double>> ExactWeights(const std::vector<double>& probabilities) {
  const size_t count = probabilities.size();
  std::vector<double> weights(count, 1), scales(count, 1);
  double sum = 1;
  for (size_t i = count - 1; i-- > 0;) {
    const double left = 1 - probabilities[i];
    if (left <= kRounding) return std::nullopt;
    const double weight = sum * probabilities[i] / left;
    const double rounding = sum * kRounding / (left * left);
    if (weight <= rounding) return std::nullopt;
    const std::optional<Fraction> simplest = SimplestBetween(weight - rounding, weight + rounding);
    if (!simplest.has_value()) return std::nullopt;
    weights[i] = simplest->numerator;
    scales[i] = simplest->denominator;
    sum = sum * scales[i] + weights[i];
    if (sum > kMostWeight * static_cast<double>(count)) return std::nullopt;
  }
  double scale = 1;
  for (size_t i = 0; i < count; ++i) {
    weights[i] *= scale;
    scale *= scales[i];
  }
  return weights;
}

// Weights need no more than what Maximum allows; small shares are raised to 1.
std::vector<uint16_t> NearestWeights(const std::vector<double>& probabilities) {
  const size_t count = probabilities.size();
  std::vector<double> shares(count);
  double left = 1;
  for (size_t i = 0; i < count; ++i) {
    const double probability = i + 1 == count ? 1 : probabilities[i];
    shares[i] = left * probability;
    left *= 1 - probability;
  }
  constexpr double kParts = 1000;
  const double most = *std::max_element(shares.begin(), shares.end());
  std::vector<uint16_t> weights(count);
  std::transform(shares.begin(), shares.end(), weights.begin(), [&](double share) {
    if (share <= 0) return uint16_t{0};
    return static_cast<uint16_t>(std::max(1.0, std::round(share / most * kParts)));
  });
  return weights;
}

void DivideByCommonDivisor(std::vector<uint16_t>& weights) {
  unsigned divisor = 0;
  for (const uint16_t weight : weights) divisor = std::gcd(divisor, unsigned{weight});
  if (divisor <= 1) return;
  for (uint16_t& weight : weights) weight = static_cast<uint16_t>(weight / divisor);
}

}  // namespace

Shares WeightsOf(const std::vector<double>& probabilities) {
  Shares shares;
  if (probabilities.empty()) return shares;
  if (AreEqualShares(probabilities)) {
    shares.weights.assign(probabilities.size(), 1);
    return shares;
  }
  const std::optional<std::vector<double>> exact = ExactWeights(probabilities);
  if (exact.has_value()) {
    // All have to shrink by what they have in common before they can be compared with the most.
    uint64_t divisor = 0;
    for (const double weight : *exact) divisor = std::gcd(divisor, static_cast<uint64_t>(weight));
    const double most = *std::max_element(exact->begin(), exact->end());
    if (most / static_cast<double>(divisor) <= kMostWeight) {
      for (const double weight : *exact) {
        shares.weights.push_back(static_cast<uint16_t>(static_cast<uint64_t>(weight) / divisor));
      }
      return shares;
    }
  }
  shares.exact = false;
  shares.weights = NearestWeights(probabilities);
  DivideByCommonDivisor(shares.weights);
  return shares;
}

}  // namespace nftsvc::iptables
