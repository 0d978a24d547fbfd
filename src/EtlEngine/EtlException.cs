using System.Runtime.ExceptionServices;

namespace EtlTools.Engine;

/// <summary>What kind of failure ended or hurt a run.</summary>
internal enum FailureKind
{
    /// <summary>The call cannot work as it was made: a parameter must change.</summary>
    InvalidCall,

    /// <summary>A file, table or column that was named does not exist.</summary>
    NotFound,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied,

    /// <summary>A server, file or disk does not answer or fails; trying again later may help.</summary>
    Unavailable,

    /// <summary>The data or the target are not what they must be.</summary>
    InvalidData,

    /// <summary>Somebody asked for the end.</summary>
    Stopped,
}

/// <summary>
/// A failure of a run or of a part of its input, as opposed to one of a record. The message says what happened and what to
/// change; it holds no value of a field and no secret.
/// </summary>
internal sealed class EtlException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="code">The constant id, one of <see cref="FailureCodes"/>.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="message">What happened and what to change.</param>
    /// <param name="inner">What caused it.</param>
    public EtlException(string code, FailureKind kind, string message, Exception? inner = null) : base(message, inner)
    {
        Code = code;
        Kind = kind;
    }

    /// <summary>What nobody expected, as a failure. Its text is left out: it might hold values.</summary>
    public static EtlException Unexpected(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return new EtlException(
            FailureCodes.Unexpected, FailureKind.InvalidData,
            $"An unexpected {cause.GetType().Name} ended the run. This is a bug in EtlTools. The exception's message is not shown, because it may contain values. Please report the StackTrace of the error's exception.",
            cause);
    }

    /// <summary>The same failure for those outside the engine: with its text as it may be shown, and without the exception behind
    /// it, whose text nobody has looked through.</summary>
    public EtlException ForUser(Func<string, string> redact)
    {
        ArgumentNullException.ThrowIfNull(redact);
        var shown = new EtlException(Code, Kind, redact(Message)) { Detail = Detail is null ? null : redact(Detail), File = File is null ? null : redact(File) };
        return (InnerException?.StackTrace ?? StackTrace) is { } trace ? (EtlException)ExceptionDispatchInfo.SetRemoteStackTrace(shown, trace) : shown;
    }

    /// <summary>What a service said about the failure in its own words, or null. It may hold values: it is for the user and never goes
    /// to a log.</summary>
    public string? Detail { get; init; }

    /// <summary>The full path of the input file that the failure is about, or null: another file may be read all the same. Scripts look at it.</summary>
    public string? File { get; init; }

    /// <summary>The same failure, as one about an input file.</summary>
    public EtlException About(string file) => File is null ? new EtlException(Code, Kind, Message, InnerException ?? this) { Detail = Detail, File = file } : this;

    /// <summary>The constant id of the cause.</summary>
    public string Code { get; }

    /// <summary>The kind of failure.</summary>
    public FailureKind Kind { get; }
}
