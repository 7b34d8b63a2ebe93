using System.Globalization;

namespace Exchange.Attacks.Checking;

/// <summary>How many random questions are asked: 200, or what EXCHANGE_ATTACK_QUERIES says (a full run has 10,000).</summary>
internal static class QuestionCount
{
    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable("EXCHANGE_ATTACK_QUERIES"), CultureInfo.InvariantCulture, out var count) ? count : 200;
}
