using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Shamir's secret sharing (CACM 1979) over <see cref="FieldElement"/>. Fewer shares than the threshold are independent of the secret,
/// whatever the computing power. Participant i holds the polynomial's value at i + 1.
/// </summary>
internal static class SecretSharing
{
    /// <summary>Shares for participants 0 to count − 1.</summary>
    public static FieldElement[] Split(FieldElement secret, int threshold, int count, RandomBits bits)
    {
        var coefficients = new FieldElement[threshold];
        coefficients[0] = secret;
        for (var at = 1; at < threshold; at++)
        {
            coefficients[at] = FieldElement.Random(bits);
        }

        var shares = new FieldElement[count];
        for (var participant = 0; participant < count; participant++)
        {
            shares[participant] = Evaluate(coefficients, participant);
        }

        return shares;
    }

    /// <summary>The value of the polynomial for a participant.</summary>
    public static FieldElement Evaluate(ReadOnlySpan<FieldElement> coefficients, int participant)
    {
        var value = coefficients[^1];
        for (var at = coefficients.Length - 2; at >= 0; at--)
        {
            value = FieldElement.MultiplyAdd(value, (ulong)participant + 1, coefficients[at]);
        }

        return value;
    }

    /// <summary>What the shares of these participants are multiplied with, and added up, to get the secret: Lagrange's weights at 0.</summary>
    public static FieldElement[] Weights(IReadOnlyList<int> holders)
    {
        var weights = new FieldElement[holders.Count];
        for (var at = 0; at < weights.Length; at++)
        {
            var (over, under) = (FieldElement.One, FieldElement.One);
            var negative = false;
            for (var other = 0; other < weights.Length; other++)
            {
                if (other == at)
                {
                    continue;
                }

                over *= (ulong)holders[other] + 1;
                under *= (ulong)Math.Abs(holders[other] - holders[at]);
                negative ^= holders[other] < holders[at];
            }

            var weight = over * under.Inverse();
            weights[at] = negative ? -weight : weight;
        }

        return weights;
    }

    /// <summary>The secret. With fewer shares than the threshold, or one that is false, an element that has nothing to do with it.</summary>
    public static FieldElement Join(ReadOnlySpan<FieldElement> weights, ReadOnlySpan<FieldElement> shares)
    {
        var secret = default(FieldElement);
        for (var at = 0; at < weights.Length; at++)
        {
            secret += weights[at] * shares[at];
        }

        return secret;
    }
}
