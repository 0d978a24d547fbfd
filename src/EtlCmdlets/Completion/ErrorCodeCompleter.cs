using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the codes of failed records.</summary>
internal sealed class ErrorCodeCompleter() : NameCompleter(ErrorCodes.All);
