using System.Globalization;

namespace EtlTools.Engine.Partitions;

/// <summary>
/// Determines the share of this process: from the call, from the module's own variables, or from those of an engine. Refuses any doubt,
/// because nobody would notice a share that no process loads.
/// </summary>
/// <param name="variable">Returns a variable of the environment, or null.</param>
internal sealed class PartitionReader(Func<string, string?> variable)
{
    /// <summary>The variable for a share's number.</summary>
    public const string IndexVariable = "ETL_PARTITION_INDEX";

    /// <summary>The variable for the number of shares.</summary>
    public const string CountVariable = "ETL_PARTITION_COUNT";

    private const string None = "None";

    /// <summary>The share.</summary>
    /// <param name="index">The index, if the call gives it.</param>
    /// <param name="count">The count, if the call gives it.</param>
    /// <exception cref="EtlException">The share is not certain.</exception>
    public Partition Read(int? index, int? count)
    {
        int? pinned = Pinned(count);
        if (index is not null)
            return Explicit(index, pinned, "Parameters", "-Index") ?? throw Impossible("-Index gives this share's index, but nothing gives the number of shares. Use -Count.");
        if (Number(IndexVariable) is { } own)
            return Explicit(own, pinned, "Variables", IndexVariable) ?? throw Impossible($"{IndexVariable} gives this share's index, but nothing gives the number of shares. Set {CountVariable}, or use -Count.");
        Partition[] found = [.. PartitionEngine.All.Where(engine => IsSet(engine.Index)).Select(engine => Of(engine, pinned))];
        if (found.Length > 1 && found.Any(other => (other.Index, other.Count) != (found[0].Index, found[0].Count)))
            throw Impossible($"Two engines give different shares for this process: {string.Join(", ", found.Select(one => $"{one.Engine} {one}"))}. Use -Index and -Count.");
        if (found.Length > 0)
            return found[0];
        return pinned is null or 1 ? new Partition(0, 1, None) : throw Impossible(
            $"There are {Text(pinned.Value)} shares, but nothing says which of them this is: no engine has started this process as one of several. Use -Index, or leave -Count out to load everything here.");
    }

    private static Partition? Explicit(int? index, int? count, string by, string name) => count is not { } n ? null
        : index < n ? new Partition(index!.Value, n, by)
        : throw Impossible($"{name} is {Text(index!.Value)}, but {Text(n)} shares are numbered from 0 to {Text(n - 1)}.");

    private int? Pinned(int? count)
    {
        int? own = Number(CountVariable);
        if (count is not null && own is not null && count != own)
            throw Impossible($"-Count is {Text(count.Value)}, but {CountVariable} is {Text(own.Value)}. Leave one of them out.");
        return (count ?? own) switch
        {
            null => null,
            0 => throw Impossible($"{CountVariable} is 0. Set it to the number of shares."),
            > Partition.MaxCount => throw Impossible($"There can be at most {Text(Partition.MaxCount)} shares: each of them reads the whole input."),
            int n => n,
        };
    }

    private Partition Of(PartitionEngine engine, int? pinned)
    {
        int number = Required(engine.Index);
        int index = number - engine.Base;
        int count = pinned is { } n ? Within(engine, n) : CountOf(engine);
        if (index < 0 || index >= count)
            throw Impossible($"{engine.Index} is {Text(number)}, but {Text(count)} shares are numbered from {Text(engine.Base)} to {Text(engine.Base + count - 1)}.");
        int? attempt = engine.Attempt is { } name && IsSet(name) ? Required(name) - engine.FirstAttempt + 1 : engine.Attempt is not null && engine.FirstAttempt == 0 ? 1 : null;
        return new Partition(index, count, engine.Name, attempt);
    }

    /// <summary>With a given count, an array may be a part of the whole, for example if one process is started again.</summary>
    private int Within(PartitionEngine engine, int count) =>
        engine.Last is not { } last || !IsSet(last) || Required(last) - engine.Base < count ? count
            : throw Impossible($"{last} is {Text(Required(last))}, but {Text(count)} shares are numbered from {Text(engine.Base)} to {Text(engine.Base + count - 1)}. Number the array like that.");

    /// <summary>Without a count, the array must be complete, from the first number to the last.</summary>
    private int CountOf(PartitionEngine engine)
    {
        if (engine.Last is null)
            return engine.Count is { } own && IsSet(own) ? AtMost(Required(own)) : throw Impossible($"{engine.Index} gives this share's index, but {engine.Name} does not give the number of shares. Use -Count, with the same number for all of them.");
        int first = engine.First is { } name ? Required(name) : engine.Base;
        int last = Required(engine.Last);
        int step = engine.Step is { } by && IsSet(by) ? Required(by) : 1;
        int count = engine.Count is { } many ? Required(many) : last - first + 1;
        if (first != engine.Base || step != 1 || count != last - first + 1)
            throw Impossible(
                $"The array of {engine.Name} has {Text(count)} processes with numbers from {Text(first)} to {Text(last)}{(step == 1 ? "" : $" in steps of {Text(step)}")}, which is not all from {Text(engine.Base)} on: it may be a part of one. Use -Count with the number of all shares.");
        return AtMost(count);
    }

    private static int AtMost(int count) => count is > 0 and <= Partition.MaxCount ? count : throw Impossible($"There can be 1 to {Text(Partition.MaxCount)} shares, not {Text(count)}.");

    private bool IsSet(string name) => variable(name) is { Length: > 0 } text && text != "undefined";

    private int? Number(string name) => IsSet(name) ? Required(name) : null;

    private int Required(string name) =>
        int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw Impossible(IsSet(name) ? $"The variable {name} is not a number." : $"The variable {name} is not set, so the number of shares is unknown. Use -Count.");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static EtlException Impossible(string message) => new(FailureCodes.PartitionImpossible, FailureKind.InvalidCall, message);
}
