using System.Globalization;

namespace EtlTools.Bench;

/// <summary>Rounds of two or more things in turn, so that a machine whose speed drifts treats them alike.</summary>
internal static class Measure
{
    /// <summary>How many rounds.</summary>
    public static int Rounds { get; set; } = 5;

    /// <summary>The medians of each thing's seconds over the rounds, after one round that is not counted.</summary>
    public static double[] Medians(params Func<double>[] things)
    {
        var seconds = things.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round <= Rounds; round++)
        {
            for (int i = 0; i < things.Length; i++)
            {
                double taken = things[i]();
                if (round > 0)
                    seconds[i].Add(taken);
            }
        }
        return [.. seconds.Select(list => list.Order().ElementAt(list.Count / 2))];
    }

    public static void Print(string what, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-58} {value,14:N2} {unit}"));

    /// <summary>Prints a number that must be none.</summary>
    public static bool None(string what, int count)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-58} {count,14:N0} (goal: none) {(count == 0 ? "met" : "NOT MET")}"));
        return count == 0;
    }

    /// <summary>Prints a ratio beside its goal.</summary>
    public static bool Goal(string what, double ratio, double atLeast)
    {
        bool met = ratio >= atLeast;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-58} {ratio,14:P0} (goal: at least {atLeast:P0}) {(met ? "met" : "NOT MET")}"));
        return met;
    }
}
