# bash completion for awpsd-emulator(1)

_awpsd_emulator() {
  # shellcheck disable=SC2034 # _init_completion sets them
  local cur prev words cword split
  _init_completion -s || return
  case $prev in
    --faults)
      _filedir json
      return
      ;;
    --retry-after)
      mapfile -t COMPREPLY < <(compgen -W "none" -- "$cur")
      return
      ;;
    --listen | --access-key | --entra-token | --requests-per-second | --burst | --delay | --hub | \
      --log-entries | --help | -h | --version)
      return
      ;;
  esac
  $split && return
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--help --version --listen --allow-remote --access-key
      --entra-token --requests-per-second --burst --retry-after --faults --delay --hub
      --log-entries" -- "$cur")
  fi
}

complete -F _awpsd_emulator awpsd-emulator
