using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.DeadLetters;

/// <summary>What a dead letter says of the record it holds: when, where and why the record failed. No value of a field, except in
/// <see cref="Detail"/>.</summary>
internal sealed record DeadLetter
{
    /// <summary>The letter's id: the same record failing for the same cause has the same id in every run.</summary>
    public string LetterId { get; init; } = "";

    /// <summary>The run in which the record failed.</summary>
    public string RunId { get; init; } = "";

    /// <summary>When, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The stage in which it failed.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The constant code of the cause, one of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; init; } = "";

    /// <summary>The column at fault, or null where no single column is.</summary>
    public string? Column { get; init; }

    /// <summary>What happened.</summary>
    public string Message { get; init; } = "";

    /// <summary>The text of a script block's own exception, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>The record's texts that a stage was to convert by options other than the default ones.</summary>
    public IReadOnlyList<UnconvertedText> Unconverted { get; init; } = [];

    /// <summary>How often the record has been tried by now. At least 1.</summary>
    public int Attempts { get; init; } = 1;
}
