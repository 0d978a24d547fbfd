using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.DeadLetters;

/// <summary>What a dead letter says about its record: when, where and why it failed. Contains no field value, except in <see
/// cref="Detail"/>.</summary>
internal sealed record DeadLetter
{
    /// <summary>The letter's id. The same record that fails for the same cause has the same id in every run.</summary>
    public string LetterId { get; init; } = "";

    /// <summary>The run in which the record failed.</summary>
    public string RunId { get; init; } = "";

    /// <summary>When, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The stage in which it failed.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The constant code of the cause, one of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; init; } = "";

    /// <summary>The column at fault, or null if no single column is.</summary>
    public string? Column { get; init; }

    /// <summary>What happened.</summary>
    public string Message { get; init; } = "";

    /// <summary>The text of a script block's own exception, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>The texts that a stage had to convert with options other than the defaults.</summary>
    public IReadOnlyList<UnconvertedText> Unconverted { get; init; } = [];

    /// <summary>The columns whose values the source could not read: the letter has null in their place.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>How often the record has been tried so far. At least 1.</summary>
    public int Attempts { get; init; } = 1;
}
